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
    keys = ["run_id", "parent_id"]
    timed = invocations.filter(
        pl.col("parent_id").is_not_null() & pl.col("duration_ms").is_not_null() & pl.col("ended_ns").is_not_null()
    )
    last = timed.sort("ended_ns").group_by(keys, maintain_order=True).last()
    others = (
        timed.join(last.select(*keys, last_id="invocation_id"), on=keys)
        .filter(pl.col("invocation_id") != pl.col("last_id"))
        .group_by(keys)
        .agg(
            others=pl.len(),
            median_ms=pl.col("duration_ms").median(),
            first_end=pl.col("ended_ns").min(),
            last_end=pl.col("ended_ns").max(),
            first_start=pl.col("started_ns").min(),
        )
    )
    wait_ns = pl.col("ended_ns") - pl.col("last_end")
    window_ns = pl.col("ended_ns") - pl.min_horizontal("started_ns", "first_start")
    return (
        last.join(others, on=keys, maintain_order="left")
        .filter(
            (pl.col("others") > 1)
            & (pl.col("started_ns") < pl.col("first_end"))
            & (pl.col("duration_ms") >= STRAGGLER_RATIO * pl.col("median_ms"))
            & (wait_ns >= IDLE_SHARE * window_ns)
        )
        .with_columns(wait_ms=wait_ns / 1e6)
        .select("run_id", "parent_id", "invocation_id", "agent", "duration_ms", "median_ms", "others", "wait_ms")
    )
