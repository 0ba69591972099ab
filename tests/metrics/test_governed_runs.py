"""Escalations, recoveries, approvals, partial syntheses, skipped members: by hand, and of a run that really did so."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tierscope.instrumentation.exporter import span_from_sdk
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.testing import recorded
from tierscope.metrics import compute
from tierscope.metrics.alerts import ALERTS
from tierscope.metrics.approvals import APPROVALS
from tierscope.metrics.domain_use import DOMAIN_USE
from tierscope.metrics.early_syntheses import EARLY_SYNTHESES
from tierscope.metrics.escalations import ESCALATIONS
from tierscope.metrics.failures import FAILURES
from tierscope.metrics.hidden_dependencies import HIDDEN_DEPENDENCIES
from tierscope.metrics.recoveries import RECOVERIES
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.orchestrator import (
    Agent,
    Approvals,
    CallbackGateway,
    EscalationNeeded,
    Orchestrator,
    Recovery,
    Result,
    Task,
    Vote,
    current,
    run_sync,
)


def _team() -> RunBuilder:
    run = RunBuilder(task_type="thesis")
    run.agent("root", ms=(0, 100))
    run.agent("company", "root", (0, 90))
    run.agent("filing", "company", (10, 20), status="error")
    return run


def test_problem_counts_once_however_many_levels_were_asked() -> None:
    run = _team()
    run.escalation("filing", "1", "policy_decision", ("root/company/filing", "root/company"), 12)
    run.escalation("filing", "1", "policy_decision", ("root/company/filing", "root"), 14)
    run.escalation("root", "1", "policy_decision", ("root/company/filing", "root"), 20, answer="result")
    run.escalation("company", "2", "policy_decision", ("root/company/filing", "root/company"), 30)
    rows = {row["hop"]: row for row in measure(ESCALATIONS, run).iter_rows(named=True)}
    up, stayed = rows["2 -> 0"], rows["2 -> 1"]
    assert (up["n"], up["resolved"], up["at_next_level"], up["levels_mean"], up["waited_mean_ms"]) == (1, 1, 0, 2, 8)
    assert (stayed["n"], stayed["open"], stayed["resolved_share"], stayed["waited_mean_ms"]) == (1, 1, 0, None)
    assert measure(ESCALATIONS, run, by=("agent",)).row(0, named=True)["agent"] == "filing"


def test_escalation_without_recorded_levels_is_counted_and_said_to_be() -> None:
    run = _team()
    run.escalation("filing", "1", "emergency", (None, None), 12)
    row = measure(ESCALATIONS, run).row(0, named=True)
    assert (row["hop"], row["n"], row["without_path"], row["levels_mean"]) == (None, 1, 1, None)


def test_attempt_that_follows_a_retry_says_whether_it_worked_and_what_it_cost() -> None:
    run = _team()
    run.recovery("company", "retry", "filing", 20)
    run.agent("filing", "company", (21, 31), status="error", tokens=(1, 1))
    run.recovery("company", "retry", "filing", 31)
    run.agent("filing", "company", (32, 42), tokens=(2, 3))
    run.recovery("company", "reassign", "nobody", 50)
    rows = {row["step"]: row for row in measure(RECOVERIES, run).iter_rows(named=True)}
    retried = rows["retry"]
    assert (retried["n"], retried["worked"], retried["failed"], retried["worked_share"]) == (2, 1, 1, 0.5)
    assert (retried["attempt_ms"], retried["tokens"], retried["cost_usd"]) == (20, 7, 1 + 2 + 2 + 6)
    assert (rows["reassign"]["unknown"], rows["reassign"]["worked_share"], rows["reassign"]["tokens"]) == (
        1,
        None,
        None,
    )


def test_attempt_that_recorded_output_tokens_alone_still_cost_them() -> None:
    run = _team()
    run.recovery("company", "retry", "filing", 20)
    run.agent("filing", "company", (21, 31), tokens=(0, 5))
    run.invocations[-1] = replace(run.invocations[-1], input_tokens=None)
    assert measure(RECOVERIES, run)["tokens"].to_list() == [5]


def test_rollback_works_unless_its_compensation_failed_and_a_cancellation_has_nothing_to_work() -> None:
    run = _team()
    run.rollback("company", "root/company/filing")
    run.rollback("company", "root/company/filing", error="gone")
    run.intervention("company", "cancel", "filing", 5)
    rows = {row["step"]: row for row in measure(RECOVERIES, run).iter_rows(named=True)}
    assert (rows["rollback"]["n"], rows["rollback"]["worked_share"]) == (2, 0.5)
    assert (rows["cancel"]["unknown"], rows["cancel"]["worked_share"]) == (1, None)


def test_request_is_one_row_with_its_end_and_its_wait() -> None:
    run = _team()
    for id_, status, waited_ms in (("1", "approved", 10.0), ("2", "rejected", 30.0), ("3", "timeout", 50.0)):
        run.approval("filing", id_, "publish", "requested")
        run.approval("filing", id_, "publish", status, waited_ms)
    run.approval("filing", "4", "publish", "requested")
    row = measure(APPROVALS, run).row(0, named=True)
    assert (row["n"], row["approved"], row["rejected"], row["timed_out"], row["waiting"]) == (4, 1, 1, 1, 1)
    assert (row["approved_share"], row["waited_n"], row["waited_ms"], row["waited_mean_ms"]) == (0.5, 3, 90, 30)


def test_first_partial_synthesis_is_held_against_the_final_one() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100), output="The smelter halted for nine weeks. Margins fell by 14 percent.")
    run.partial("root", "The smelter halted for nine weeks.", 25)
    run.partial("root", "The smelter halted for nine weeks. Margins fell.", 60)
    run.agent("quiet", "root", (0, 50), output="Fine.")
    run.partial("quiet", None, 10)
    rows = {row["tier"]: row for row in measure(EARLY_SYNTHESES, run, scorer="lexical").iter_rows(named=True)}
    root, quiet = rows[0], rows[1]
    assert (root["n"], root["partials_mean"], root["first_mean_ms"], root["first_share"]) == (1, 2, 25, 0.25)
    assert (root["claims"], root["retained_share"], root["left_out"]) == (2, 0.5, 0)
    assert (quiet["n"], quiet["claims"], quiet["retained_share"], quiet["left_out"]) == (1, 0, None, 1)


def test_domain_that_was_found_irrelevant_is_skipped_and_one_that_ran_all_the_same_is_not() -> None:
    runs = [RunBuilder(f"run-{number}", task_type="thesis") for number in range(3)]
    for number, run in enumerate(runs):
        run.agent("root")
        run.agent("macro", "root")
        run.skip("macro", "rates")
        run.skip("root", "patents")
        if number == 0:
            run.agent("patents", "root")
        if number == 1:
            run.skip("root", "legal")
    counted = ("domain", "n", "considered", "activated", "skipped")
    assert measure(DOMAIN_USE, *runs).select(counted).rows() == [
        ("macro", 3, 3, 3, 0),
        ("patents", 3, 3, 1, 2),
        ("legal", 3, 1, 0, 1),
    ]


def test_declared_dependency_is_not_hidden() -> None:
    finding = "Our model puts third-quarter German industrial output growth at 2.374 percent, above the consensus."
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("macro", "root", (0, 10), output=finding)
    run.agent("company", "root", (20, 90), output=f"Strong. {finding}")
    assert measure(HIDDEN_DEPENDENCIES, run).height == 1
    run.dependency("macro", "company")
    assert measure(HIDDEN_DEPENDENCIES, run).is_empty()


def test_failure_after_which_somebody_tried_again_or_was_asked_is_not_unflagged() -> None:
    run = _team()
    run.recovery("company", "retry", "filing", 20, failed="filing")
    stuck = run.agent("stuck", "company", (10, 30), status="error")
    run.agent("silent", "company", (10, 30), status="error")
    run.escalation("company", "1", "cross_team", ("root/company/stuck", "root"), 30, asker=stuck)
    row = measure(FAILURES, run).row(0, named=True)
    assert (row["n"], row["recovered"], row["escalated"], row["unflagged"]) == (3, 1, 1, 1)
    (alert,) = measure(ALERTS, run).filter(alert="failed_agent").iter_rows(named=True)
    assert alert["evidence"] == ["run-1:silent"]


@pytest.fixture
def governed(tmp_path: Path) -> Store:
    """A real run, in which all of it happens once."""
    attempts: list[str] = []

    async def flaky(task: Task) -> str:
        attempts.append(task.id)
        if len(attempts) == 1:
            raise ValueError("not yet")
        return "Margins rose."

    async def asking(_task: Task) -> str:
        return (await current().approve("publish", "May we?")).status

    async def stuck(_task: Task) -> str:
        raise EscalationNeeded("policy_decision", "which currency?")

    async def late(_task: Task) -> str:
        await asyncio.sleep(0.01)
        return "Rates fell."

    def update(_task: Task, so_far: Result | None, news: Result) -> Result:
        return Result(text=f"{so_far.text} {news.text}" if so_far else news.text)

    team = Orchestrator(
        "company",
        [Agent("flaky", flaky), Agent("asking", asking), Agent("stuck", stuck)],
        recovery=Recovery(retries=1, backoff_s=0.001, escalate=True),
    )
    root = Orchestrator(
        "root",
        [team, Agent("rates", late), Agent("patents", late, relevant=lambda _task: False)],
        update=update,
        answer=lambda _escalation: "euro",
    )
    approvals = Approvals(CallbackGateway(lambda _request: [Vote("ann", approve=True)]))
    with recorded() as exporter:
        run_sync(root, "Is it a buy?", approvals=approvals, task_type="thesis")
    store = Store(tmp_path / "runs.duckdb")
    store.append([span_from_sdk(span) for span in exporter.get_finished_spans()])
    store.refresh()
    return store


def test_metrics_tell_what_a_real_run_did(governed: Store) -> None:
    escalated = compute("escalations", governed).select("reason", "hop", "n", "resolved", "at_next_level")
    assert escalated.rows() == [("policy_decision", "2 -> 0", 1, 1, 0)]
    assert compute("recoveries", governed).select("step", "n", "worked").rows() == [("retry", 1, 1)]
    assert compute("approvals", governed).select("kind", "n", "approved").rows() == [("publish", 1, 1)]
    assert compute("approvals", governed)["waited_ms"][0] >= 0
    early = compute("early_syntheses", governed, scorer="lexical").row(0, named=True)
    assert (early["tier"], early["n"], early["partials_mean"], early["left_out"]) == (0, 1, 2, 0)
    used = compute("domain_use", governed).select("domain", "considered", "activated", "skipped").rows()
    assert sorted(used) == [("company", 1, 1, 0), ("patents", 1, 0, 1), ("rates", 1, 1, 0)]


def test_agents_that_were_retried_or_whose_problem_was_answered_raise_no_alert(governed: Store) -> None:
    assert compute("alerts", governed).is_empty()
    failed = compute("failures", governed).select("hop", "n", "recovered", "escalated", "unflagged")
    assert failed.rows() == [("2 -> 1", 2, 1, 1, 0)]
