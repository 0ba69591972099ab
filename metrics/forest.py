"""Invocation trees as columns: who stands under whom, and how deep, for frames of any size."""

from typing import Final

import polars as pl

__all__ = ["FAILED", "GROUPS", "RUN_COLUMNS", "SPEND", "TIMES", "TREE", "compute_ancestors", "compute_levels"]

FAILED: Final = ("error", "timeout", "cancelled", "abandoned")
"""Statuses of invocations that are over, or given up, and not ok."""
RUN_COLUMNS: Final = ("run_id", "label", "project", "version", "task_type")
"""Columns of ``queries/invocations.sql`` that are the same for a whole run."""
GROUPS: Final = ("tier", "role", "domain", "agent", *RUN_COLUMNS)
"""Columns of ``queries/invocations.sql`` that invocations are grouped by."""
TREE: Final = ("run_id", "invocation_id", "parent_id", "tier")
TIMES: Final = ("started_ns", "ended_ns", "duration_ms")
SPEND: Final = ("input_tokens", "output_tokens", "cost_usd")


def compute_levels(invocations: pl.DataFrame) -> pl.DataFrame:
    """Number invocations and their parents, so that trees can be walked without comparing long ids.

    Args:
        invocations: at least ``invocation_id``, which is unique over all runs, and ``parent_id``.

    Returns:
        The same rows in the same order, and ``node`` (row number), ``parent`` (that of the parent, null where the
        parent is not in the frame) and ``level`` (ancestors in the frame: 0 at roots and at orphans).
    """
    nodes = invocations.with_row_index("node")
    parents = nodes.select(pl.col("invocation_id").alias("parent_id"), pl.col("node").alias("parent"))
    nodes = nodes.join(parents, on="parent_id", how="left", maintain_order="left", validate="m:1", coalesce=True)
    return nodes.join(_walk_down(nodes.select("node", "parent")), on="node", how="left", maintain_order="left")


def compute_ancestors(levels: pl.DataFrame) -> pl.DataFrame:
    """Every ancestor of every invocation.

    Args:
        levels: frame of ``compute_levels``.

    Returns:
        One row per (node, ancestor), with ``distance`` (1 is the parent), nearest first.
    """
    up = levels.select("node", pl.col("parent").alias("ancestor"))
    step = up.filter(pl.col("ancestor").is_not_null()).with_columns(distance=pl.lit(1, pl.Int32))
    steps = [step]
    parents = levels.select(pl.col("node").alias("ancestor"), "parent")
    while not step.is_empty():
        step = (
            step.join(parents, on="ancestor")
            .filter(pl.col("parent").is_not_null())
            .select("node", pl.col("parent").alias("ancestor"), pl.col("distance") + 1)
        )
        steps.append(step)
    return pl.concat(steps).sort("node", "distance")


def _walk_down(nodes: pl.DataFrame) -> pl.DataFrame:
    """``node`` and ``level``, one step down at a time; rows in a ring of parents have no level."""
    reached = nodes.filter(pl.col("parent").is_null()).select("node", level=pl.lit(0, pl.Int32))
    levels = [reached]
    below = nodes.filter(pl.col("parent").is_not_null())
    while not reached.is_empty() and not below.is_empty():
        found = below.join(reached, left_on="parent", right_on="node", how="inner")
        below = below.join(reached, left_on="parent", right_on="node", how="anti")
        reached = found.select("node", pl.col("level") + 1)
        levels.append(reached)
    return pl.concat(levels)
