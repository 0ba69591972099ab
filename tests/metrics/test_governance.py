"""Critical escalation, failures, use of domains and cost of coordination, by hand."""

import pytest

from tierscope.metrics.coordination_cost import COORDINATION_COST
from tierscope.metrics.critical_escalation import CRITICAL_ESCALATION
from tierscope.metrics.domain_use import DOMAIN_USE
from tierscope.metrics.failures import FAILURES
from tierscope.metrics.retention_cost import RETENTION_COST
from tierscope.metrics.testing import RunBuilder, measure

WARNING = "CRITICAL: the auditor found that revenue is overstated by 14 percent."
OTHER = "ALERT: the copper smelter in Antofagasta halted for nine weeks."


def test_critical_signals_are_counted_at_each_step() -> None:
    run = RunBuilder()
    run.agent("root", output=f"Brief. {WARNING}")
    run.agent("company", "root", output=f"View. {WARNING} {OTHER}")
    run.agent("filing", "company", output=f"{WARNING}\n{OTHER}")
    run.signal("filing", WARNING, critical=True)
    run.signal("filing", OTHER, critical=True)
    run.check("root", WARNING, verified=True)
    run.check("root", OTHER, verified=False)
    row = measure(CRITICAL_ESCALATION, run).row(0, named=True)
    assert (row["domain"], row["agent"], row["n"], row["forwarded"]) == ("company", "filing", 2, 2)
    assert (row["verbatim_at_root"], row["lost"], row["arrived_share"]) == (1, 1, 0.5)
    assert (row["verified"], row["refuted"]) == (1, 1)


def test_critical_signal_under_an_unrecorded_root_is_unknown_not_lost() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("filing", "root", output=WARNING)
    run.signal("filing", WARNING, critical=True)
    row = measure(CRITICAL_ESCALATION, run).row(0, named=True)
    assert (row["unknown"], row["lost"], row["arrived_share"]) == (1, 0, None)


def test_failed_agent_and_its_token_count_once() -> None:
    run = RunBuilder()
    run.agent("root", status="ok")
    run.agent("macro", "root", status="error")
    run.agent("late", "root", status="timeout")
    run.agent("broken", "macro", status="error")
    run.gap("root", "late", "timeout", partial="half")
    run.gap("root", "silent", "empty")
    frame = measure(FAILURES, run).select("hop", "status", "n", "flagged", "with_partial", "contained_share")
    assert sorted(frame.rows()) == [
        ("1 -> 0", "empty", 1, 1, 0, 1.0),
        ("1 -> 0", "error", 1, 0, 0, 1.0),
        ("1 -> 0", "timeout", 1, 1, 1, 1.0),
        ("2 -> 1", "error", 1, 0, 0, 0.0),
    ]


def test_failure_under_a_parent_that_still_runs_is_not_yet_contained_or_spread() -> None:
    run = RunBuilder()
    run.agent("root", status="running")
    run.agent("macro", "root", status="error")
    row = measure(FAILURES, run).row(0, named=True)
    assert (row["n"], row["contained"], row["contained_share"]) == (1, 0, None)


def test_use_of_domains_is_counted_by_type_of_task() -> None:
    runs = [RunBuilder(f"run-{number}", task_type="thesis") for number in range(4)]
    for number, run in enumerate(runs):
        run.agent("root", tokens=(100, 0))
        run.agent("macro", "root", tokens=(3, 0))
        if number == 0:
            run.agent("patents", "root", tokens=(4, 0))
    frame = measure(DOMAIN_USE, *runs)
    assert frame.select("domain", "n", "activated", "activated_share", "token_share").rows() == [
        ("macro", 4, 4, 1.0, 0.75),
        ("patents", 4, 1, 0.25, 0.25),
    ]


def test_coordination_is_what_agents_with_members_spend(research: RunBuilder) -> None:
    row = measure(COORDINATION_COST, research).row(0, named=True)
    assert (row["coordination_tokens"], row["leaf_tokens"], row["n"]) == (27, 6, 6)
    assert row["coordination_share"] == pytest.approx(27 / 33)
    assert row["flat_tokens"] == 6 + 3 + 5  # the leaves, their outputs read once, the root's output


def test_orphan_that_leads_others_coordinates_nothing_that_is_known(research: RunBuilder) -> None:
    stray = research.agent("stray", orphan=True, tokens=(100, 100))
    research.agent("below", stray, tokens=(100, 100))
    row = measure(COORDINATION_COST, research).row(0, named=True)
    assert (row["coordination_tokens"], row["leaf_tokens"], row["n"]) == (27, 6, 6)


def test_cost_of_a_retained_signal_is_the_runs_cost_over_those_that_reached_the_root() -> None:
    run = RunBuilder()
    run.agent("root", output=WARNING, tokens=(10, 0))
    run.agent("leaf", "root", output=f"{WARNING}\n{OTHER}")
    row = measure(RETENTION_COST, run, scorer="lexical").row(0, named=True)
    assert (row["n"], row["retained"], row["cost_per_retained_usd"], row["tokens_per_retained"]) == (2, 1, 10, 10)


def test_no_retained_signal_has_no_cost() -> None:
    run = RunBuilder()
    run.agent("root", output="Buy.", tokens=(10, 0))
    run.agent("leaf", "root", output=WARNING)
    assert measure(RETENTION_COST, run, scorer="lexical")["cost_per_retained_usd"].to_list() == [None]
