"""Idle time at joins, by hand."""

from dataclasses import replace

import polars as pl
import pytest

from tierscope.metrics.join_idle import JOIN_IDLE
from tierscope.metrics.testing import RunBuilder, measure


def test_members_idle_from_their_end_to_that_of_the_last(research: RunBuilder) -> None:
    rows = {row["agent"]: row for row in measure(JOIN_IDLE, research).iter_rows(named=True)}
    company = rows["company"]  # earnings 15-25, filing 20-80
    assert (company["n"], company["idle_ms"], company["mean_idle_ms"], company["max_idle_ms"]) == (2, 55, 27.5, 55)
    assert company["last_agent"] == "filing"
    assert company["idle_share"] == pytest.approx(55 / (2 * 65))
    assert company["straggler_ratio"] == pytest.approx(60 / 35)
    assert list(rows) == ["company", "root", "macro"]


def test_single_member_is_no_join() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 9))
    run.agent("only", "root", (1, 5))
    run.agent("untimed", "root")
    assert measure(JOIN_IDLE, run).is_empty()


def test_members_without_times_are_left_out_and_counted(research: RunBuilder) -> None:
    research.agent("untimed", "macro")
    row = measure(JOIN_IDLE, research).row(by_predicate=pl.col("agent") == "macro", named=True)
    assert (row["n"], row["left_out"]) == (2, 1)


def test_member_that_still_runs_does_not_lengthen_the_join() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 20))
    run.agent("first", "root", (10, 12))
    run.agent("last", "root", (10, 14))
    run.agent("running", "root", (0, 0), status="running")
    run.invocations[-1] = replace(run.invocations[-1], ended_ns=None)
    row = measure(JOIN_IDLE, run).row(0, named=True)
    assert (row["n"], row["left_out"], row["idle_ms"], row["idle_share"]) == (2, 1, 2, 0.25)
