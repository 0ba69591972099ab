"""Depth against the limit, by hand."""

import polars as pl

from tierscope.metrics.spawn_depth import SPAWN_DEPTH
from tierscope.metrics.testing import RunBuilder, measure


def _chain(depth: int, limit: int | None = None) -> RunBuilder:
    run = RunBuilder(spawn_limit=limit)
    run.agent("0")
    for tier in range(1, depth + 1):
        run.agent(str(tier), str(tier - 1))
    return run


def _row(run: RunBuilder, spawn_limit: int | None = None) -> dict[str, object]:
    return measure(SPAWN_DEPTH, run, spawn_limit=spawn_limit).row(0, named=True)


def test_depth_above_the_recorded_limit_is_a_breach() -> None:
    row = _row(_chain(4, limit=2))
    assert (row["max_depth"], row["spawn_limit"], row["limit_source"]) == (4, 2, "recorded")
    assert (row["breach"], row["over_assumed_limit"], row["agents_past_limit"]) == (True, False, 2)


def test_depth_above_the_assumed_limit_is_no_breach() -> None:
    row = _row(_chain(4))
    assert (row["limit_source"], row["breach"], row["over_assumed_limit"]) == ("assumed", False, True)


def test_limit_of_the_settings_counts_where_none_was_recorded() -> None:
    row = _row(_chain(4), spawn_limit=3)
    assert (row["limit_source"], row["breach"]) == ("set", True)


def test_refused_attempts_are_counted_apart(research: RunBuilder) -> None:
    research.refusal("filing", "footnote", 3)
    row = _row(research)
    assert (row["refused"], row["max_depth"], row["breach"], row["max_fan_out"]) == (1, 2, False, 2)


def test_run_without_agents_has_no_depth() -> None:
    row = _row(RunBuilder())
    assert (row["n"], row["max_depth"], row["breach"], row["agents_past_limit"]) == (0, None, None, 0)


def test_no_runs_give_an_empty_frame_of_the_schema() -> None:
    frame = measure(SPAWN_DEPTH)
    assert frame.is_empty()
    assert frame.schema["breach"] == pl.Boolean
