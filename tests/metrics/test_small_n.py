"""What rests on few runs, few values or one cluster is said; what does not is left alone."""

import polars as pl
import pytest

from tierscope.metrics import Metric, find_metric, load_registry
from tierscope.metrics.small_n import note_small_n
from tierscope.metrics.testing import RunBuilder, measure

FACT = "The smelter in Antofagasta halted for nine weeks."


def _runs(count: int, leaves: int = 1) -> list[RunBuilder]:
    runs: list[RunBuilder] = []
    for number in range(count):
        run = RunBuilder(f"run-{number}")
        run.agent("root", ms=(0, 100), output=FACT)
        for leaf in range(leaves):
            run.agent(f"leaf {leaf}", "root", (0, 50 + leaf), output=FACT)
        runs.append(run)
    return runs


def _note(name: str, *runs: RunBuilder, **options: object) -> str | None:
    metric = find_metric(name)
    return note_small_n(metric, measure(metric, *runs, **options))


@pytest.mark.parametrize("metric", load_registry().values(), ids=lambda metric: metric.name)
def test_every_aggregate_counts_the_runs_that_it_rests_on(metric: Metric) -> None:
    assert "run_id" in metric.grain or set(metric.runs) <= set(metric.schema)


def test_few_runs_and_few_values_are_said() -> None:
    assert _note("tier_completion", *_runs(4)) == (
        "Small n: 2 of 2 rows rest on fewer than 5 runs; 2 of 2 rows have an n below 30, of which p95 and p99 are"
        " little more than the maximum."
    )


def test_enough_runs_and_values_need_no_note() -> None:
    assert _note("outcomes", *_runs(5)) is None
    assert _note("tier_completion", *_runs(30)) is None


def test_rows_about_single_runs_are_no_aggregates() -> None:
    assert _note("critical_path", *_runs(1)) is None
    assert _note("tier_completion", *_runs(2), by=("run_id",)) is None


def test_interval_that_one_run_of_one_leaf_cannot_have_is_null_and_said() -> None:
    frame = measure(find_metric("synthesis_retention"), *_runs(1), scorer="lexical")
    assert frame["retained_share"].to_list() == [1.0, 1.0]
    assert frame["retained_low"].to_list() == [None, None]
    said = note_small_n(find_metric("synthesis_retention"), frame)
    assert said is not None
    lacking = "retained_share, weighted_retained_share, numeric_retained_share"
    assert f"2 of 2 rows have no interval of {lacking}, for want of a second run or leaf" in said


@pytest.mark.parametrize("name", [metric.name for metric in load_registry().values() if metric.by])
def test_spread_of_a_single_value_is_null_in_every_metric(name: str) -> None:
    metric = find_metric(name)
    run = RunBuilder()
    run.agent("root", ms=(0, 100), output=FACT)
    frame = measure(metric, run, **({"scorer": "lexical"} if "scorer" in metric.options else {}))
    spread = [
        one for one in frame.columns if one.startswith(("sd_", "variance_", "cv")) or one.endswith(("_low", "_high"))
    ]
    assert frame.select(pl.col(spread).is_null().all()).row(0) == (True,) * len(spread) if spread else True
