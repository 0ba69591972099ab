"""Which traces are one run, and which are not."""

from dataclasses import replace

from tests.instrumentation.tiers.making import Made, agent, chat, link, spans
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

SAID = "Checked 88 rows of the census table and found them right."


def runs_of(*traces: list[Span]) -> list[list[str]]:
    """Agents of each run."""
    return [sorted(i.agent for i in run.invocations) for run in infer_runs([s for t in traces for s in t])]


def test_unrelated_traces_are_runs_of_their_own() -> None:
    assert runs_of(spans(agent("one"), trace=1), spans(agent("two"), trace=2, start=50)) == [["one"], ["two"]]


def test_linked_traces_are_one_run_and_say_so() -> None:
    first = spans(agent("one"), trace=1)
    second = [replace(s, links=(link(first[0]),)) for s in spans(agent("two"), trace=2, start=50)]
    assert runs_of(first, second) == [["one", "two"]]
    (run,) = infer_runs([*first, *second])
    assert run.trace_ids == (first[0].trace_id, second[0].trace_id)
    assert run.notes[0] == "Joined from 2 traces: its span 'invoke_agent two' links to the other."


def test_text_that_one_trace_wrote_and_another_read_joins_them() -> None:
    leaf = spans(agent("leaf", output=SAID), trace=1)
    root = spans(agent("root", chat(f"Read this: {SAID}")), trace=2, start=50)
    (run,) = infer_runs([*leaf, *root])
    assert [(i.agent, i.tier) for i in run.invocations] == [("root", 0), ("leaf", 1)]


def test_conversation_joins_different_agents_but_its_next_turn_is_a_new_run() -> None:
    talk = {"gen_ai.conversation.id": "c-1"}
    first, other = (
        spans(agent("chef", attributes=talk), trace=1),
        spans(agent("cook", attributes=talk), trace=2, start=50),
    )
    assert runs_of(first, other) == [["chef", "cook"]]
    again = spans(agent("chef", attributes=talk), trace=3, start=99)
    assert runs_of(first, again) == [["chef"], ["chef"]]


def test_declared_run_id_joins_traces() -> None:
    facts = {"tierscope.run.id": "r-1", "tierscope.tier": 0}
    traces = [spans(agent(f"root {n}", attributes=facts), trace=n, start=50 * n) for n in (1, 2)]
    assert [run.id for run in infer_runs([s for t in traces for s in t])] == ["r-1"]


def test_trace_that_only_builds_agents_belongs_to_the_run_that_uses_them() -> None:
    built = Made("create_agent one", {"gen_ai.operation.name": "create_agent", "gen_ai.agent.name": "one"})
    assert runs_of(spans(built, trace=1), spans(agent("one"), trace=2, start=50)) == [["one"]]


def test_message_that_an_agent_sent_stays_with_its_run_though_another_begins_just_after() -> None:
    message = {"scope_name": "agent_runtime InProcessRuntime"}
    runs = [spans(agent(name), trace=number, start=50 * number) for number, name in ((1, "one"), (2, "two"))]
    sent = spans(Made("agent_runtime ack", {}, (), message | {"links": (link(runs[0][0]),)}), trace=3, start=60)
    assert runs_of(*runs, sent) == [["one"], ["two"]]
    assert [run.span_count for run in infer_runs([s for t in (*runs, sent) for s in t])] == [2, 1]


def test_trace_without_agents_joins_the_run_during_which_it_ran() -> None:
    root = spans(agent("root", agent("leaf"), agent("other")), trace=1)
    inside = spans(chat(used=(3, 1)), trace=2, start=2)
    (run,) = infer_runs([*root, *inside])
    assert (run.span_count, len(run.model_calls)) == (4, 1)


def test_trace_without_agents_is_a_run_of_its_own_where_nothing_else_ran() -> None:
    (run,) = infer_runs(spans(Made("GET /", {})))
    assert (run.invocations, run.root_id, run.span_count, run.recorder) == ((), None, 1, None)


def test_no_spans_are_no_runs() -> None:
    assert infer_runs([]) == []
