"""How invocations end, by hand."""

from tierscope.metrics.outcomes import OUTCOMES
from tierscope.metrics.testing import RunBuilder, measure


def test_failures_are_a_share_of_what_ended_and_gaps_stand_at_the_parent() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("a", "root", status="ok")
    run.agent("b", "root", status="timeout")
    run.agent("c", "root", status="error")
    run.agent("d", "root", status="running")
    run.gap("root", "b")
    run.gap("root", "c", "error")
    rows = {row["tier"]: row for row in measure(OUTCOMES, run).iter_rows(named=True)}
    assert (rows[0]["n"], rows[0]["failed_share"], rows[0]["gaps"]) == (1, 0, 2)
    assert [rows[1][name] for name in ("n", "ok", "timeout", "error", "running", "gaps")] == [4, 1, 1, 1, 1, 0]
    assert rows[1]["failed_share"] == 2 / 3


def test_tier_that_is_still_running_has_no_failed_share() -> None:
    run = RunBuilder()
    run.agent("root", status="running")
    assert measure(OUTCOMES, run)["failed_share"].to_list() == [None]


def test_grouped_by_domain_each_has_its_own_share() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("macro", "root", status="abandoned")
    run.agent("company", "root")
    shares = dict(measure(OUTCOMES, run, by=("domain",)).select("domain", "failed_share").rows())
    assert shares == {"macro": 1, "company": 0, None: 0}
