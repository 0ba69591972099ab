"""The ladder: revise, retry, reassign, escalate, emergency; and who answers."""

import asyncio

import pytest

from tests.orchestrator.virtual_time import run_in_virtual_time
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    Escalation,
    EscalationNeeded,
    Join,
    Joined,
    Limits,
    Orchestrator,
    Recovery,
    Result,
    Task,
    current,
    run,
    run_sync,
)


class Flaky:
    """Fails a number of times, then works."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    async def work(self, _task: Task) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise ConnectionError(f"attempt {self.calls}")
        return f"worked at attempt {self.calls}"


async def broken(_task: Task) -> str:
    raise ValueError("always")


async def fine(task: Task) -> str:
    return f"did {task.intent}"


def only(_task: Task, joined: Joined) -> str:
    (result,) = joined.results.values()
    return result.text


def test_retry_until_it_works_is_recorded_at_the_parent() -> None:
    flaky = Flaky(failures=2)
    root = Orchestrator(
        "root", [Agent("flaky", flaky.work)], recovery=Recovery(retries=3, backoff_s=0), synthesize=only
    )
    with recorded() as exporter:
        report = run_sync(root, "x")
    assert (report.text, report.agents, report.gaps) == ("worked at attempt 3", 4, ())
    steps = [
        (event.attributes or {})[semconv.RECOVERY_STEP]
        for span in exporter.get_finished_spans()
        for event in span.events
        if event.name == semconv.EVENT_RECOVERY
    ]
    assert steps == ["retry", "retry"]


def test_failure_that_outlives_its_retries_becomes_one_gap() -> None:
    flaky = Flaky(failures=9)
    root = Orchestrator(
        "root", [Agent("flaky", flaky.work), Agent("fine", fine)], recovery=Recovery(retries=2, backoff_s=0)
    )
    report = run_sync(root, "x")
    assert flaky.calls == 3
    assert [(gap.token.status, gap.token.reason) for gap in report.gaps] == [("error", "ConnectionError: attempt 3")]


def test_retries_count_against_the_limit_of_agents() -> None:
    flaky = Flaky(failures=9)
    root = Orchestrator(
        "root", [Agent("flaky", flaky.work), Agent("fine", fine)], recovery=Recovery(retries=9, backoff_s=0)
    )
    report = run_sync(root, "x", limits=Limits(agents=5))
    assert report.agents == 5
    assert flaky.calls == 3
    assert [refusal.member for refusal in report.refusals] == ["flaky"]


def test_task_of_a_failed_member_goes_to_a_sibling_with_the_capability() -> None:
    team = [
        Agent("first", broken, capabilities=("parse",)),
        Agent("painter", fine, capabilities=("paint",)),
        Agent("second", fine, capabilities=("parse",)),
    ]
    plan = [Task(to="first", intent="parse it", type="parse")]
    root = Orchestrator("root", team, plan=lambda _task: plan, recovery=Recovery(reassign=True), synthesize=only)
    with recorded() as exporter:
        report = run_sync(root, "x")
    assert report.text == "did parse it"
    assert [span.name for span in exporter.get_finished_spans()][:3] == [
        "plan root",
        "invoke_agent first",
        "invoke_agent second",
    ]


def test_parent_has_a_result_revised_until_the_check_is_content() -> None:
    async def writes(task: Task) -> str:
        return "draft with sources" if task.feedback else "draft"

    def check(_task: Task, result: Result) -> str | None:
        return None if "sources" in result.text else "name your sources"

    root = Orchestrator("root", [Agent("writer", writes)], recovery=Recovery(check=check), synthesize=only)
    report = run_sync(root, "x")
    assert (report.text, report.agents) == ("draft with sources", 3)


def test_result_that_never_satisfies_the_check_is_invalid_with_the_draft_attached() -> None:
    root = Orchestrator(
        "root",
        [Agent("writer", fine), Agent("other", fine)],
        recovery=Recovery(check=lambda task, _result: "too short" if task.to == "writer" else None, revisions=2),
    )
    report = run_sync(root, "x")
    (gap,) = report.gaps
    assert (gap.token.status, gap.token.reason) == ("invalid", "too short")
    assert [partial.text for partial in gap.token.partial] == ["did x"]
    assert report.agents == 5


def test_escalation_goes_up_level_by_level_until_somebody_answers() -> None:
    seen: list[str] = []

    def ceo(escalation: Escalation) -> str:
        seen.append(f"{escalation.reason}: {escalation.context}")
        return "use the cached figure"

    lead = Orchestrator("lead", [Agent("analyst", broken)], recovery=Recovery(escalate=True), synthesize=only)
    middle = Orchestrator("middle", [lead], synthesize=only, answer=lambda _escalation: None)
    with recorded() as exporter:
        report = run_sync(Orchestrator("root", [middle], synthesize=only, answer=ceo), "x", limits=Limits(depth=3))
    assert report.text == "use the cached figure"
    assert seen == ["beyond_capability: ValueError: always"]
    (escalation,) = report.escalations
    assert (escalation.status, escalation.resolved_by, escalation.asked) == (
        "resolved",
        "root",
        ("root/middle", "root"),
    )
    statuses = [
        (event.attributes or {})[semconv.ESCALATION_STATUS]
        for span in exporter.get_finished_spans()
        for event in span.events
        if event.name == semconv.EVENT_ESCALATION
    ]
    assert sorted(str(status) for status in statuses) == ["open", "open", "resolved"]


def test_escalation_that_nobody_answers_stays_open_and_the_gap_is_flagged() -> None:
    lead = Orchestrator("lead", [Agent("analyst", broken), Agent("fine", fine)], recovery=Recovery(escalate=True))
    report = run_sync(Orchestrator("root", [lead]), "x")
    assert [(escalation.status, escalation.asked) for escalation in report.escalations] == [("open", ("root",))]
    assert [gap.token.member for gap in report.gaps] == ["analyst"]


def test_what_an_agent_raises_for_the_level_above_is_not_retried_and_its_parent_is_asked_first() -> None:
    calls: list[str] = []

    async def unsure(task: Task) -> str:
        calls.append(task.intent)
        if task.intent == "x":
            raise EscalationNeeded("policy_decision", "may I use customer data?")
        return f"did {task.intent}"

    lead = Orchestrator(
        "lead",
        [Agent("analyst", unsure)],
        recovery=Recovery(retries=5, backoff_s=0),
        answer=lambda _escalation: Task(intent="x without customer data"),
        synthesize=only,
    )
    report = run_sync(Orchestrator("root", [lead], synthesize=only), "x")
    assert calls == ["x", "x without customer data"]
    assert report.text == "did x without customer data"
    assert report.escalations[0].resolved_by == "root/lead"


def test_emergency_goes_straight_to_the_top_which_may_send_its_own_people() -> None:
    async def alarmed(_task: Task) -> str:
        answer = await current().escalate("emergency", "data centre on fire")
        return answer.text if isinstance(answer, Result) else str(answer)

    async def rescue(escalation: Escalation) -> Result:
        outcome = await current().spawn(Agent("fire-brigade", fine), escalation.context)
        assert isinstance(outcome, Result)
        return outcome

    def never_asked(_escalation: Escalation) -> str:
        raise AssertionError("an emergency does not stop here")

    lead = Orchestrator("lead", [Agent("operator", alarmed)], answer=never_asked, synthesize=only)
    with recorded() as exporter:
        report = run_sync(Orchestrator("root", [lead], answer=rescue, synthesize=only), "x")
    assert report.text == "did data centre on fire"
    assert report.escalations[0].asked == ("root",)
    spans = {span.name: span for span in exporter.get_finished_spans()}
    brigade, root = spans["invoke_agent fire-brigade"], spans["invoke_agent root"]
    assert brigade.parent is not None
    assert root.context is not None
    assert brigade.parent.span_id == root.context.span_id
    assert (brigade.attributes or {})[semconv.TIERSCOPE_TIER] == 1


def test_superior_may_give_the_task_to_somebody_else() -> None:
    lead = Orchestrator("lead", [Agent("analyst", broken)], recovery=Recovery(escalate=True), synthesize=only)
    root = Orchestrator("root", [lead], answer=lambda _escalation: Agent("senior", fine), synthesize=only)
    assert run_sync(root, "x").text == "did x"


def test_check_that_breaks_costs_its_member_not_the_siblings() -> None:
    def check(task: Task, _result: Result) -> None:
        if task.to == "one":
            raise KeyError("grade")

    root = Orchestrator("root", [Agent("one", fine), Agent("two", fine)], recovery=Recovery(check=check))
    report = run_sync(root, "x")
    (gap,) = report.gaps
    assert (gap.token.member, gap.token.status, gap.token.reason) == ("one", "error", "KeyError: 'grade'")
    assert [partial.text for partial in gap.token.partial] == ["did x"]
    assert report.text.startswith("two: did x")


def test_join_deadline_ends_a_back_off() -> None:
    flaky = Flaky(failures=9)
    root = Orchestrator(
        "root",
        [Agent("flaky", flaky.work), Agent("fine", fine)],
        recovery=Recovery(retries=3, backoff_s=60),
        join=Join.best_effort(deadline_s=0.05),
    )
    report = run_sync(root, "x")
    assert report.duration_ms < 60_000
    assert [gap.token.status for gap in report.gaps] == ["timeout"]


async def waits(_task: Task) -> str:
    await asyncio.Event().wait()
    return "unreached"


@pytest.mark.parametrize("recovery", [Recovery(retries=3, backoff_s=60), Recovery(escalate=True)])
def test_join_deadline_ends_what_comes_after_a_member_that_missed_its_own(recovery: Recovery) -> None:
    async def silent(_escalation: Escalation) -> None:
        await asyncio.Event().wait()

    desk = Orchestrator(
        "desk",
        [Agent("late", waits, deadline_s=1), Agent("fine", fine)],
        recovery=recovery,
        join=Join.best_effort(deadline_s=2),
    )
    report = run_in_virtual_time(run(Orchestrator("root", [desk], answer=silent), "x"))
    assert report.duration_ms == pytest.approx(2000)
    assert [(gap.token.member, gap.token.status) for gap in report.gaps] == [("late", "timeout")]
    assert "did x" in report.text
