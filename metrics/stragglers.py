"""Joins at which all waited for one member that took far longer than the others."""

from typing import Final

import polars as pl

__all__ = ["find_stragglers"]

STRAGGLER_RATIO: Final = 2.0
"""A straggler takes at least so many times as long as the median of the other members."""
IDLE_SHARE: Final = 1 / 3
"""And while it works on, the others idle for at least this share of the join."""


def find_stragglers(invocations: pl.DataFrame) -> pl.DataFrame:
    """Find the members that their whole join waited for.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per straggler: ``run_id``, ``parent_id``, ``invocation_id``, ``agent``, ``duration_ms``,
        ``median_ms`` of the other members, ``others`` (how many there are) and ``wait_ms``, from the end of the last
        of them to its own. Joins of fewer than three timed members, and members that began only after another had
        ended, are passed over: those are a sequence, not a join.
    """
    timed = invocations.filter(
        pl.col("parent_id").is_not_null() & pl.col("duration_ms").is_not_null() & pl.col("ended_ns").is_not_null()
    ).select("run_id", "parent_id", "invocation_id", "agent", "started_ns", "ended_ns", "duration_ms")
    waited = _find_waits(timed)
    members = timed.join(waited, on="parent_id")
    is_last = pl.col("ended_ns") == pl.col("last_end")
    others = (
        members.filter(~is_last)
        .group_by("parent_id")
        .agg(
            others=pl.len(),
            median_ms=pl.col("duration_ms").median(),
            first_end=pl.col("ended_ns").min(),
        )
    )
    return (
        members.filter(is_last)
        .join(others, on="parent_id")
        .filter(
            (pl.col("others") > 1)
            & (pl.col("started_ns") < pl.col("first_end"))
            & (pl.col("duration_ms") >= STRAGGLER_RATIO * pl.col("median_ms"))
        )
        .sort("run_id", "started_ns", "invocation_id")
        .select("run_id", "parent_id", "invocation_id", "agent", "duration_ms", "median_ms", "others", "wait_ms")
    )


def _find_waits(timed: pl.DataFrame) -> pl.DataFrame:
    """Joins that idled long enough for their last member: ``parent_id``, ``last_end`` and ``wait_ms``.

    Most joins do not, so that only few are looked at closely.
    """
    ends = timed.group_by("parent_id").agg(
        last_end=pl.col("ended_ns").max(),
        end_before=pl.col("ended_ns").top_k(2).min(),
        first_start=pl.col("started_ns").min(),
    )
    wait_ns = pl.col("last_end") - pl.col("end_before")
    window_ns = pl.col("last_end") - pl.col("first_start")
    return ends.filter((wait_ns > 0) & (wait_ns >= IDLE_SHARE * window_ns)).select(
        "parent_id", "last_end", wait_ms=wait_ns / 1e6
    )
