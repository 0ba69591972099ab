"""From a name and a real store to a frame: every registered metric keeps its own promises."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tierscope.errors import InputError, UnknownNameError
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute, find_metric, load_frames, load_registry, select_runs
from tierscope.metrics.sql import QUERIES, load_query
from tierscope.metrics.testing import RunBuilder, save_runs

QUERIES_OF_RUNS: Final = sorted(
    path.stem for path in QUERIES.glob("*.sql") if "$run_ids" in path.read_text(encoding="utf-8")
)


@pytest.fixture
def store(tmp_path: Path, research: RunBuilder) -> Store:
    store = Store(tmp_path / "runs.duckdb")
    other = RunBuilder("run-2", label="other", version="v2")
    other.agent("root", ms=(5, 15))
    save_runs(store, [research, other])
    return store


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_frame_has_the_declared_columns_types_and_grain(name: str, store: Store) -> None:
    metric = find_metric(name)
    frame = compute(name, store)
    assert dict(frame.schema) == dict(metric.frame_schema)
    assert {"n", metric.value, *metric.grain, *metric.shown, *metric.labels} <= set(frame.columns)
    assert frame.select(metric.grain).is_unique().all()


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_frame_over_no_runs_is_empty_and_has_the_same_columns(name: str, tmp_path: Path) -> None:
    store = Store(tmp_path / "empty.duckdb")
    save_runs(store, [])
    frame = compute(name, store)
    assert frame.is_empty()
    assert dict(frame.schema) == dict(find_metric(name).frame_schema)


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_frame_does_not_change_from_one_call_to_the_next(name: str, store: Store) -> None:
    assert compute(name, store).equals(compute(name, store))


def test_every_grouping_that_a_metric_offers_works(store: Store) -> None:
    for metric in load_registry().values():
        for column in metric.by:
            frame = compute(metric.name, store, by=(column,))
            assert frame.columns[0] == column


def test_filter_chooses_runs_by_label_start_of_id_and_version(store: Store) -> None:
    assert select_runs(store, RunFilter(runs=("research",))) == ["run-1"]
    assert select_runs(store, RunFilter(runs=("run-2",))) == ["run-2"]
    assert select_runs(store, RunFilter(version="v2")) == ["run-2"]
    assert select_runs(store, RunFilter(last=1)) == ["run-2"]
    assert select_runs(store, RunFilter(agent="gdp")) == ["run-1"]


def test_run_that_is_not_stored_is_named(store: Store) -> None:
    with pytest.raises(UnknownNameError, match="There is no run 'nowhere'"):
        compute("spawn_depth", store, RunFilter(runs=("nowhere",)))


def test_metric_that_does_not_exist_is_named_with_those_that_do() -> None:
    with pytest.raises(UnknownNameError, match=r"There is no metric 'speed'; there are: .*tier_completion"):
        find_metric("speed")


def test_option_or_grouping_that_a_metric_lacks_is_named(store: Store) -> None:
    with pytest.raises(InputError, match="'spawn_depth' has no option 'depth'; it has: spawn_limit"):
        compute("spawn_depth", store, depth=3)
    with pytest.raises(InputError, match="'tier_completion' cannot be grouped by 'mood'; it can by: tier, "):
        compute("tier_completion", store, by=("mood",))


def test_every_query_says_what_one_row_is() -> None:
    for path in QUERIES.glob("*.sql"):
        assert load_query(path.stem).startswith("-- One row per ")


@pytest.mark.parametrize("query", QUERIES_OF_RUNS)
def test_query_without_runs_named_is_about_all(query: str, store: Store) -> None:
    whole = load_frames(store, [query], None)[query]
    assert whole.equals(load_frames(store, [query], ["run-1", "run-2"])[query])
    assert load_frames(store, [query], [])[query].is_empty()


def test_query_about_one_run_reads_the_agents_of_no_other(tmp_path: Path) -> None:
    runs = [RunBuilder(f"run-{number:02}") for number in range(20)]
    for run in runs:
        run.agent("root", ms=(0, 10), tokens=(1, 1))
        run.agent("late", "root", (1, 5), status="error", tokens=(1, 1))
        run.recovery("root", "retry", "late", 6)
        run.skip("root", "idle")
        run.approval("root", "request", "publish", "approved")
        run.escalation("root", "problem", "unclear", ("root/late", "root"), 4)
        run.partial("root", "So far.", 2)
    store = Store(tmp_path / "runs.duckdb")
    save_runs(store, runs)
    with store.read() as connection:
        for query in QUERIES_OF_RUNS:
            text = f"EXPLAIN (ANALYZE, FORMAT JSON) {load_query(query)}"
            ((_, plan),) = connection.execute(text, {"run_ids": ["run-07"]}).fetchall()
            assert max(_rows_read(json.loads(plan), "invocations"), default=0) <= 2, query


def _rows_read(plan: dict[str, Any], table: str) -> Iterator[int]:
    """Rows that each scan of a table hands on."""
    if plan.get("extra_info", {}).get("Table", "").endswith(f".{table}"):
        yield plan["operator_cardinality"]
    for below in plan["children"]:
        yield from _rows_read(below, table)


def test_limit_of_the_settings_holds_where_a_run_recorded_none(tmp_path: Path) -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("lead", "root")
    path = tmp_path / "runs.duckdb"
    save_runs(Store(path), [run])
    strict = Store(path, settings=Settings(spawn_limit=0))
    assert compute("spawn_depth", strict).select("limit_source", "breach").row(0) == ("set", True)
    assert "depth_breach" in compute("alerts", strict)["alert"]
    assert compute("spawn_depth", Store(path)).select("limit_source", "breach").row(0) == ("assumed", False)
