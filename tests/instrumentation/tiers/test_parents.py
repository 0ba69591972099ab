"""Who is whose parent, by which evidence, and how sure."""

from dataclasses import replace

from tests.instrumentation.tiers.making import Made, agent, chat, link, spans, tool, workflow
from tests.instrumentation.tiers.truth import by_agent, tree
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

SAID = "Checked 88 rows of the census table and found them right."
OTHER = "Found four documents in three archives of the town."


def one(found: list[Span]) -> Run:
    runs = infer_runs(found)
    assert len(runs) == 1
    return runs[0]


def test_nearest_agent_above_is_the_parent_through_any_other_spans() -> None:
    run = one(spans(agent("root", workflow(tool("ask", agent("leaf"))))))
    assert [(i.agent, i.tier, i.role, i.tier_source) for i in run.invocations] == [
        ("root", 0, "root", "agent_span"),
        ("leaf", 1, "leaf", "agent_span"),
    ]


def test_declared_parent_goes_before_the_span_tree() -> None:
    boss = {"tierscope.tier": 1, "tierscope.invocation.id": "a-1"}
    report = {"tierscope.tier": 2, "tierscope.invocation.parent_id": "a-1"}
    run = one(spans(agent("root", agent("boss", attributes=boss), agent("report", attributes=report))))
    report_of = by_agent(run)["report"]
    assert (report_of.parent_id, report_of.tier, report_of.tier_source, report_of.tier_confidence) == (
        by_agent(run)["boss"].id, 2, "declared", 1.0,
    )  # fmt: skip


def test_transfer_makes_the_giver_the_parent_of_an_agent_beside_it() -> None:
    found = spans(
        workflow(agent("root", tool("transfer_to_desk")), agent("desk", tool("transfer_to_leaf")), agent("leaf"))
    )
    assert tree(found) == [("desk", 1, "root"), ("leaf", 2, "desk"), ("root", 0, None)]


def test_agent_that_gets_control_back_is_one_invocation_and_leads_the_others() -> None:
    run = one(spans(workflow(agent("boss"), agent("left"), agent("boss"), agent("right"), agent("boss"))))
    assert tree(spans(workflow(agent("boss"), agent("left"), agent("boss"), agent("right"), agent("boss")))) == [
        ("boss", 0, None), ("left", 1, "boss"), ("right", 1, "boss"),
    ]  # fmt: skip
    assert "control returned to boss" in " ".join(by_agent(run)["left"].evidence)


def test_earliest_reader_of_an_output_is_the_parent_and_later_readers_are_rejected() -> None:
    run = one(
        spans(
            workflow(
                agent("leaf", chat(), output=SAID),
                agent("desk", chat(f"Summarise: {SAID}"), output=OTHER),
                agent("root", chat(f"Summarise: {SAID} {OTHER}")),
            )
        )
    )
    leaf = by_agent(run)["leaf"]
    assert tree_of(run) == {"leaf": "desk", "desk": "root", "root": None}
    assert leaf.tier_source == "text_flow"
    assert leaf.tier_confidence < by_agent(run)["desk"].tier_confidence
    assert "Rejected as its parent: root, which read the same output later." in leaf.evidence


def tree_of(run: Run) -> dict[str, str | None]:
    names = {i.id: i.agent for i in run.invocations}
    return {i.agent: names.get(i.parent_id or "") for i in run.invocations}


def test_short_output_proves_nothing() -> None:
    run = one(spans(workflow(agent("leaf", chat(), output="All done."), agent("other", chat("All done. Go on.")))))
    assert {i.agent: i.tier_source for i in run.invocations}["leaf"] != "text_flow"


def test_agents_side_by_side_without_any_evidence_have_no_tier() -> None:
    run = one(spans(workflow(agent("one", chat("Go.")), agent("two", chat("Go.")))))
    assert run.root_id is None
    assert [(i.tier, i.role, i.tier_source) for i in run.invocations] == [(None, None, "none")] * 2
    assert all(i.tier_confidence <= 0.2 for i in run.invocations)
    assert "2 of 2 agents have no known place in the tree." in run.notes


def test_parent_never_is_less_sure_than_its_member() -> None:
    run = one(
        spans(
            workflow(
                agent("desk", chat(), tool("ask", agent("leaf", chat())), output=SAID),
                agent("root", chat(f"Read: {SAID}")),
            )
        )
    )
    found = by_agent(run)
    assert found["leaf"].tier_confidence <= found["desk"].tier_confidence <= found["root"].tier_confidence


def test_open_tool_call_that_bears_an_agents_name_is_how_it_got_its_work() -> None:
    calling = spans(workflow(agent("root", tool("ask_desk"))))
    asked = next(s for s in calling if s.name == "execute_tool ask_desk")
    desk = replace(
        spans(agent("desk"))[0],
        span_id="f" * 16,
        parent_span_id=calling[0].span_id,
        start_ns=asked.start_ns,
        end_ns=asked.end_ns,
    )
    assert tree([*calling, desk]) == [("desk", 1, "root"), ("root", 0, None)]


def test_agent_without_a_parent_belongs_to_the_one_running_agent_that_names_it_as_its_own() -> None:
    boss, step = spans(
        agent("boss", attributes={"gen_ai.agent.tools": ["lost"]}, scope_name="strands.telemetry.tracer"), agent("x")
    )
    lost = replace(spans(agent("lost"))[0], span_id="e" * 16, parent_span_id="d" * 16, start_ns=boss.start_ns + 1)
    assert step.name == "invoke_agent x"
    found = by_agent(one([boss, lost]))["lost"]
    assert (found.parent_id, found.tier_source) == (boss.key, "name")


def test_agent_that_may_only_be_the_one_before_is_rejected_or_else_a_weak_guess() -> None:
    facts = {"openinference.span.kind": "AGENT", "graph.node.parent_id": "first"}
    scope = {"scope_name": "openinference.instrumentation.crewai"}
    first = Made("first.run", {"openinference.span.kind": "AGENT", "graph.node.id": "first"}, (), scope)
    second = Made("second.run", facts | {"graph.node.id": "second"}, (), scope)
    nested = by_agent(one(spans(agent("boss", first, second))))["second"]
    assert nested.evidence[-1].startswith("Rejected as its parent: first")
    beside = by_agent(one(spans(first, second)))["second"]
    assert (beside.tier, beside.tier_source, beside.tier_confidence) == (1, "name", 0.4)


def test_containers_that_were_rejected_as_agents_are_noted() -> None:
    assert one(spans(workflow(agent("root")))).notes == (
        "Not taken as agents, since they only hold agents: invoke_workflow.",
    )


def test_work_that_links_back_to_a_message_joins_its_sender() -> None:
    scope = {"scope_name": "agent_framework"}
    sender, *inside = spans(executor("first", agent("leaf", **scope), send()))
    message = next(s for s in inside if s.name == "message.send")
    reader = [
        replace(s, span_id=f"9{s.span_id[1:]}", parent_span_id=s.parent_span_id and f"9{s.parent_span_id[1:]}")
        for s in spans(executor("second", agent("root", **scope)), start=100)
    ]
    run_span = replace(sender, span_id="a" * 16, name="workflow.run", attributes={}, end_ns=reader[0].end_ns)
    found = [
        run_span,
        replace(sender, parent_span_id="a" * 16),
        *inside,
        replace(reader[0], parent_span_id="a" * 16, links=(link(message),)),
        *reader[1:],
    ]
    leaf = by_agent(one(found))["leaf"]
    assert (leaf.tier, leaf.tier_source) == (1, "link")


def executor(name: str, *below: Made) -> Made:
    return Made(f"executor.process {name}", {"executor.id": name}, below, {"scope_name": "agent_framework"})


def send() -> Made:
    return Made("message.send", {}, (), {"scope_name": "agent_framework"})


def test_same_name_under_two_parents_is_two_invocations() -> None:
    run = one(spans(agent("root", agent("left", agent("checker")), agent("right", agent("checker")))))
    assert sorted(i.agent for i in run.invocations) == ["checker", "checker", "left", "right", "root"]


def test_wrapper_around_the_same_agent_is_the_same_invocation_but_recursion_is_not() -> None:
    wrapped = spans(agent("one", agent("one", chat()), kind="client"))
    recursive = spans(agent("one", chat(), tool("again", agent("one", chat()))))
    assert [len(one(found).invocations) for found in (wrapped, recursive)] == [1, 2]


def test_spans_of_our_own_are_each_an_invocation_even_inside_one_of_the_same_name() -> None:
    ours = {"scope_name": "tierscope"}
    run = one(spans(agent("worker", agent("worker", agent("worker", **ours), **ours), **ours)))
    assert [i.tier for i in run.invocations] == [0, 1, 2]


def test_ring_of_spans_is_kept_and_does_not_hang() -> None:
    first, second = spans(agent("one"), agent("two"))
    ring = [replace(first, parent_span_id=second.span_id), replace(second, parent_span_id=first.span_id)]
    assert len(one(ring).invocations) == 2


def test_chain_of_twenty_thousand_agents_is_as_deep_as_that() -> None:
    root = spans(agent("agent"))[0]
    chain = [
        replace(
            root,
            span_id=f"{n + 1:016x}",
            parent_span_id=f"{n:016x}" if n else None,
            attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": f"agent {n}"},
            start_ns=root.start_ns + n,
        )
        for n in range(20_000)
    ]
    assert max(i.tier or 0 for i in one(chain).invocations) == 19_999


def test_delegation_to_nobody_finds_no_agent() -> None:
    answers = (
        "\nError executing tool. coworker mentioned not found, it must be one of the following options:\n- desk\n",
        '{"type": "tool", "content": "We cannot invoke subagent ghost because it does not exist"}',
        "Member with ID ghost not found in the team or any subteams.",
    )
    for answer in answers:
        call = tool("delegate", **{"gen_ai.transfer.target.name": "ghost", "gen_ai.transfer.mode": "delegate"})
        call.attributes["gen_ai.tool.call.result"] = answer
        assert tree(spans(agent("root", call))) == [("root", 0, None)]


def test_delegation_that_was_answered_finds_the_agent_that_has_no_span() -> None:
    call = tool("delegate", **{"gen_ai.transfer.target.name": "ghost", "gen_ai.transfer.mode": "delegate"})
    call.attributes["gen_ai.tool.call.result"] = "Two members of the board were not found in the register."
    assert tree(spans(agent("root", call))) == [("ghost", 1, "root"), ("root", 0, None)]


def test_of_agents_whose_names_differ_in_case_alone_the_one_that_is_spelt_so_is_meant() -> None:
    found = spans(workflow(agent("ROOT", tool("hand_over", **{"gen_ai.transfer.target.name": "Root"})), agent("Root")))
    assert tree(found) == [("ROOT", 0, None), ("Root", 1, "ROOT")]
