"""Speed-up and overhead, by hand."""

import pytest

from tierscope.metrics.parallel_speed_up import PARALLEL_SPEED_UP
from tierscope.metrics.testing import RunBuilder, measure


def test_overhead_is_the_makespan_outside_of_critical_leaves(research: RunBuilder) -> None:
    row = measure(PARALLEL_SPEED_UP, research).row(0, named=True)
    assert (row["n"], row["makespan_ms"], row["leaf_ms"]) == (4, 100, 106)
    assert row["speed_up_ratio"] == pytest.approx(1.06)
    assert (row["critical_leaf_ms"], row["overhead_ms"], row["saved_ms"]) == (65, 35, 41)
    assert row["pays"] is True


def test_tiers_that_cost_more_time_than_they_save_do_not_pay() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("a", "root", (10, 20))
    run.agent("b", "root", (10, 30))
    row = measure(PARALLEL_SPEED_UP, run).row(0, named=True)
    assert (row["overhead_ms"], row["saved_ms"], row["pays"]) == (80, 10, False)


def test_run_without_times_has_no_figures() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("a", "root")
    row = measure(PARALLEL_SPEED_UP, run).row(0, named=True)
    assert (row["n"], row["left_out"], row["speed_up_ratio"], row["overhead_ms"], row["pays"]) == (
        0,
        1,
        None,
        None,
        None,
    )


def test_what_leaves_did_while_the_root_did_not_run_is_no_speed_up() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("a", "root", (20, 120))
    run.agent("b", "root", (150, 250))
    run.agent("c", "root", (-50, 50))
    (row,) = measure(PARALLEL_SPEED_UP, run).rows(named=True)
    assert (row["n"], row["leaf_ms"], row["speed_up_ratio"]) == (3, 80 + 0 + 50, 1.3)
