"""Completion time per tier, by hand."""

import polars as pl
import pytest

from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.tier_completion import TIER_COMPLETION


def _rows(*runs: RunBuilder) -> dict[int, dict[str, object]]:
    return {row["tier"]: row for row in measure(TIER_COMPLETION, *runs).iter_rows(named=True)}


def test_statistics_of_each_tier(research: RunBuilder) -> None:
    rows = _rows(research)
    leaves = rows[2]
    assert (leaves["n"], leaves["left_out"]) == (4, 0)
    assert leaves["mean_ms"] == pytest.approx((10 + 26 + 10 + 60) / 4)
    assert leaves["variance_ms2"] == pytest.approx(((10 - 26.5) ** 2 * 2 + (26 - 26.5) ** 2 + (60 - 26.5) ** 2) / 3)
    assert leaves["p50_ms"] == 18
    assert leaves["max_ms"] == 60
    assert rows[1]["self_mean_ms"] == pytest.approx((30 - 26 + 80 - 65) / 2)
    assert leaves["straggler_ratio"] == pytest.approx(60 / 35)


def test_bottleneck_is_the_tier_of_highest_variance_below_the_root(research: RunBuilder) -> None:
    other = RunBuilder("run-2")
    other.agent("root", ms=(0, 5000))
    other.agent("macro", "root", (10, 41))
    assert [tier for tier, row in _rows(research, other).items() if row["bottleneck"]] == [1]


def test_critical_path_shares_add_up_to_one(research: RunBuilder) -> None:
    shares = [row["critical_path_share"] for row in _rows(research).values()]
    assert shares == pytest.approx([0.2, 0.15, 0.65])


def test_grouped_by_run_each_run_has_its_own_bottleneck_and_shares(research: RunBuilder) -> None:
    other = RunBuilder("run-2")
    other.agent("root", ms=(0, 100))
    for name, length in (("a", 10), ("b", 90)):
        other.agent(name, "root", (0, length))
    frame = measure(TIER_COMPLETION, research, other, by=("run_id", "tier"))
    assert frame.filter("bottleneck").select("run_id", "tier").rows() == [("run-1", 1), ("run-2", 1)]
    assert frame.filter(run_id="run-2", tier=1)["critical_path_share"].to_list() == pytest.approx([0.9])


def test_one_invocation_has_no_spread_and_no_bottleneck() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    row = _rows(run)[0]
    assert (row["n"], row["variance_ms2"], row["cv"], row["bottleneck"]) == (1, None, None, None)


def test_tiers_whose_times_never_vary_have_no_bottleneck() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    for name in ("macro", "company"):
        run.agent(name, "root", (0, 5))
    assert (_rows(run)[1]["variance_ms2"], _rows(run)[1]["bottleneck"]) == (0, False)


def test_agents_that_took_no_time_have_no_variation_to_divide() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    for name in ("macro", "company"):
        run.agent(name, "root", (3, 3))
    assert (_rows(run)[1]["mean_ms"], _rows(run)[1]["sd_ms"], _rows(run)[1]["cv"]) == (0, 0, None)


def test_invocations_without_times_are_left_out_and_counted() -> None:
    run = RunBuilder()
    run.agent("root")
    row = _rows(run)[0]
    assert (row["n"], row["left_out"], row["mean_ms"], row["critical_path_share"]) == (0, 1, None, None)


def test_orphans_have_no_tier_and_no_row() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    run.agent("stray", ms=(0, 99), orphan=True)
    assert list(_rows(run)) == [0]


def test_no_runs_give_an_empty_frame_of_the_schema() -> None:
    frame = measure(TIER_COMPLETION)
    assert frame.is_empty()
    assert frame.schema["variance_ms2"] == pl.Float64
