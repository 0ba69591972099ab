"""Which invocations the makespan of a run is made of.

Walking back from the end of the root: at every moment the critical path is in the child that finished last before it,
else in the invocation itself. The pieces add up to the makespan exactly. After J. E. Kelley and M. R. Walker,
"Critical-path planning and scheduling" (1959), read from a recording instead of a plan.
"""

from typing import Final

import polars as pl

from tierscope.metrics.forest import TREE, compute_levels
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["CRITICAL_PATH", "CRITICAL_PIECES_SCHEMA", "compute_critical_path", "compute_critical_pieces"]

CRITICAL_PIECES_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "invocation_id": pl.String,
    "critical_ms": pl.Float64,
}

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "invocation_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "domain": pl.String,
    "n": pl.Int64,
    "critical_ms": pl.Float64,
    "critical_share": pl.Float64,
    "makespan_ms": pl.Float64,
}


def compute_critical_path(invocations: pl.DataFrame) -> pl.DataFrame:
    """Blame: how much of its run's makespan each invocation on the critical path is responsible for by itself.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per invocation on the critical path, the heaviest of a run first. ``n`` is the number of invocations
        on that run's path; ``critical_share`` is of ``makespan_ms``, the root's duration, and adds up to 1 per run.
        A run whose root has no times has no rows.
    """
    told = invocations.select("run_id", "label", "invocation_id", "agent", "tier", "domain")
    frame = (
        compute_critical_pieces(invocations)
        .join(told, on=["run_id", "invocation_id"], maintain_order="left")
        .with_columns(n=pl.len().over("run_id"), makespan_ms=pl.col("critical_ms").sum().over("run_id"))
        .with_columns(critical_share=pl.col("critical_ms") / pl.col("makespan_ms"))
        .sort("run_id", "critical_ms", descending=[False, True], maintain_order=True)
    )
    return fit_schema(frame, _SCHEMA)


def compute_critical_pieces(invocations: pl.DataFrame) -> pl.DataFrame:
    """How much of its run's makespan each invocation is responsible for by itself.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per (run, invocation) on the critical path, in ms. Runs whose root has no times have no rows;
        invocations without times are passed over with all below them.
    """
    nodes = compute_levels(invocations.select("run_id", "invocation_id", "parent_id", "tier", "started_ns", "ended_ns"))
    timed = nodes.filter(pl.col("started_ns").is_not_null() & pl.col("ended_ns").is_not_null()).select(
        "node", "parent", "level", "tier", start="started_ns", end=pl.max_horizontal("started_ns", "ended_ns")
    )
    levels: dict[int, pl.DataFrame] = {
        int(level[0]): rows for level, rows in timed.partition_by("level", as_dict=True).items() if level[0] is not None
    }
    windows = timed.filter(pl.col("tier") == 0, pl.col("level") == 0).select("node", low="start", high="end")
    pieces: list[pl.DataFrame] = []
    level = 0
    while not windows.is_empty():
        level += 1
        below = _windows_below(windows, levels.get(level, timed.clear()))
        pieces.append(_own_parts(windows, below))
        windows = below.select("node", "low", "high")
    own = pl.concat(pieces) if pieces else pl.DataFrame(schema={"node": pl.UInt32, "own_ns": pl.Int64})
    frame = (
        own.filter(pl.col("own_ns") > 0)
        .join(nodes.select("node", "run_id", "invocation_id"), on="node", maintain_order="left")
        .with_columns(critical_ms=pl.col("own_ns") / 1e6)
    )
    return fit_schema(frame, CRITICAL_PIECES_SCHEMA)


def _windows_below(windows: pl.DataFrame, children: pl.DataFrame) -> pl.DataFrame:
    """The part of each child that is on the critical path, given its parent's part.

    From the end backwards, a child counts from its end, or from where a later-ending sibling took over, to its start.
    """
    return (
        children.join(windows, left_on="parent", right_on="node")
        .with_columns(start=pl.max_horizontal("start", "low"), end=pl.min_horizontal("end", "high"))
        .filter(pl.col("end") > pl.col("start"))
        .sort("parent", "end", "node", descending=[False, True, False])
        .with_columns(taken_from=pl.col("start").cum_min().shift(1).over("parent"))
        .select("node", "parent", low="start", high=pl.min_horizontal("end", "taken_from"))
        .filter(pl.col("high") > pl.col("low"))
    )


def _own_parts(windows: pl.DataFrame, below: pl.DataFrame) -> pl.DataFrame:
    """What of each window no child takes, in ns."""
    taken = below.group_by("parent").agg((pl.col("high") - pl.col("low")).sum().alias("taken"))
    return windows.join(taken, left_on="node", right_on="parent", how="left", maintain_order="left").select(
        "node", own_ns=pl.col("high") - pl.col("low") - pl.col("taken").fill_null(0)
    )


CRITICAL_PATH: Final = Metric(
    name="critical_path",
    title="Critical path",
    summary="Which agents is the time of a run made of, and how much of it is each responsible for?",
    function=compute_critical_path,
    queries=("invocations",),
    needs=("root", "place", "ended", "times", "order_in_time"),
    reads={"invocations": (*TREE, "label", "agent", "domain", "started_ns", "ended_ns")},
    grain=("run_id", "invocation_id"),
    value="critical_share",
    unit="share",
    direction="neutral",
    schema=_SCHEMA,
    labels=("label", "agent"),
    shown=("label", "agent", "tier", "domain", "critical_ms", "critical_share"),
)
