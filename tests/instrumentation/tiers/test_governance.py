"""Governance facts are read from events and links alone, whoever emitted them."""

from tests.instrumentation.tiers.making import START_NS, Made, agent, chat, event, link, spans
from tierscope.instrumentation import semconv
from tierscope.instrumentation.governance import Approval, Dependency, Escalation, Governance, Recovery
from tierscope.instrumentation.spans import AttributeValue, SpanEvent
from tierscope.instrumentation.tiers import infer_runs


def _said(name: str, **values: AttributeValue) -> SpanEvent:
    return SpanEvent(name, 7, {getattr(semconv, key): value for key, value in values.items()})


def test_events_on_an_agents_span_become_facts_of_its_run() -> None:
    events = (
        _said(semconv.EVENT_ESCALATION, ESCALATION_ID="x", ESCALATION_FROM="root/a", ESCALATION_TO="root"),
        _said(semconv.EVENT_RECOVERY, RECOVERY_STEP="retry", RECOVERY_MEMBER="a", RECOVERY_TASK_ID="t"),
        _said(semconv.EVENT_APPROVAL, APPROVAL_STATUS="approved", APPROVAL_WAITED_MS=12, APPROVAL_LEVEL=1),
        _said(semconv.EVENT_PARTIAL, PARTIAL_TEXT="So far"),
        _said(semconv.EVENT_ROLLBACK, ROLLBACK_LABEL="order", ROLLBACK_ERROR="gone"),
        _said(semconv.EVENT_INTERVENTION, INTERVENTION_KIND="redirect", INTERVENTION_MEMBER="a"),
        _said(semconv.EVENT_MEMBER_SKIPPED, SKIPPED_MEMBER="b", SKIPPED_DOMAIN="macro"),
    )
    (run,) = infer_runs(spans(agent("root", agent("a"), events=events)))
    found, root = run.governance, run.root_id or ""
    assert found.escalations == (Escalation(root, "x", None, "root/a", "root", "open", None, None, 7),)
    assert found.recoveries == (Recovery(root, "retry", "a", "t", None, 7),)
    assert found.approvals == (Approval(root, None, None, "approved", 1, None, 12.0, 7),)
    assert [(one.text, one.at_ns) for one in found.partial_syntheses] == [("So far", 7)]
    assert [(one.label, one.error) for one in found.rollbacks] == [("order", "gone")]
    assert [(one.kind, one.member) for one in found.interventions] == [("redirect", "a")]
    assert [(one.member, one.domain) for one in found.skipped_members] == [("b", "macro")]


def _asked(from_path: str, at_ns: int) -> SpanEvent:
    values = {semconv.ESCALATION_ID: "x", semconv.ESCALATION_FROM: from_path, semconv.ESCALATION_TO: "root"}
    return SpanEvent(semconv.EVENT_ESCALATION, at_ns, values)


def _askers(*made: Made) -> list[str | None]:
    """Names of those who had a problem; times are those of the spans, a thousand ns from one to the next."""
    (run,) = infer_runs(spans(*made))
    names: dict[str | None, str] = {one.id: one.agent for one in run.invocations}
    return [names.get(step.asker_id) for step in run.governance.escalations]


def test_agent_that_says_on_its_own_span_that_it_has_a_problem_is_the_asker() -> None:
    assert _askers(agent("root", agent("a", events=(_asked("root/a", START_NS + 1_500),)))) == ["a"]
    assert _askers(agent("root", agent("a", events=(_asked("a", START_NS + 1_500),)))) == ["a"]


def test_member_that_still_runs_when_its_parent_notes_its_problem_is_the_asker() -> None:
    # root from 0 to 5000, a from 1000 to 2000, b from 3000 to 4000.
    assert _askers(agent("root", agent("a"), agent("b"), events=(_asked("root/b", START_NS + 3_500),))) == ["b"]
    assert _askers(agent("root", agent("a"), agent("b"), events=(_asked("root/a", START_NS + 3_500),))) == ["a"]


def test_of_a_member_tried_twice_the_attempt_that_ended_before_the_problem_went_up_is_the_asker() -> None:
    made = agent("root", agent("a"), agent("a"), events=(_asked("root/a", START_NS + 2_500),))
    (run,) = infer_runs(spans(made))
    assert [step.asker_id for step in run.governance.escalations] == [run.invocations[1].id]


def test_problem_of_one_that_never_ran_there_has_no_asker() -> None:
    assert _askers(agent("root", agent("a"), events=(_asked("root/other", START_NS + 1_500),))) == [None]


def test_agent_below_one_of_its_own_name_is_told_from_it_by_the_path() -> None:
    # a from 0, b from 1000, the lower a from 2000 to 3000.
    lower = agent("a", events=(_asked("a/b/a", START_NS + 2_500),))
    (run,) = infer_runs(spans(agent("a", agent("b", lower))))
    assert [step.asker_id for step in run.governance.escalations] == [run.invocations[2].id]


def test_event_without_what_it_is_about_is_no_fact() -> None:
    events = (SpanEvent(semconv.EVENT_RECOVERY, 7), SpanEvent(semconv.EVENT_MEMBER_SKIPPED, 7))
    (run,) = infer_runs(spans(agent("root", events=events)))
    assert run.governance == Governance()


def test_waits_for_slots_add_up_and_are_unknown_where_none_was_recorded() -> None:
    waits = tuple(_said(semconv.EVENT_SLOT_TAKEN, SLOT_WAITED_MS=wait) for wait in (30, 12.5))
    (run,) = infer_runs(spans(agent("root", agent("a", events=waits))))
    assert [one.queued_ms for one in run.invocations] == [None, 42.5]


def test_result_that_a_task_waited_for_is_a_declared_dependency() -> None:
    handoffs = tuple(
        event(semconv.EVENT_HANDOFF, tierscope__handoff__to=name, tierscope__handoff__task_id=name, **needs)
        for name, needs in (
            ("a", {}),
            ("b", {"tierscope__handoff__needs": ["a"]}),
            ("c", {"tierscope__handoff__artifacts": ["b", "style guide"]}),
        )
    )
    members = (agent(name, attributes={semconv.TIERSCOPE_TASK_ID: name}) for name in "abc")
    (run,) = infer_runs(spans(agent("root", *members, events=handoffs)))
    _, a, b, c = (one.id for one in run.invocations)
    assert run.governance.dependencies == (Dependency(a, b, "need"), Dependency(b, c, "artifact"))


def test_link_to_the_work_of_an_agent_beside_is_a_dependency_and_one_to_its_parent_is_none() -> None:
    plain = spans(agent("root", agent("a", chat("q")), agent("b")))
    root, call = plain[0], plain[2]
    linked = spans(agent("root", agent("a", chat("q")), agent("b", links=(link(call), link(root)))))
    (run,) = infer_runs(linked)
    _, a, b = (one.id for one in run.invocations)
    assert run.governance.dependencies == (Dependency(a, b, "link"),)
