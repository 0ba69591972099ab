"""How long finished members waited at a join for the last one."""

from typing import Final

import polars as pl

from tierscope.metrics.forest import TIMES, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["JOIN_IDLE", "compute_join_idle"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "invocation_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "domain": pl.String,
    "n": pl.Int64,
    "left_out": pl.Int64,
    "idle_ms": pl.Float64,
    "mean_idle_ms": pl.Float64,
    "max_idle_ms": pl.Float64,
    "idle_share": pl.Float64,
    "last_agent": pl.String,
    "straggler_ratio": pl.Float64,
}


def compute_join_idle(invocations: pl.DataFrame) -> pl.DataFrame:
    """Idle time at every join.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per agent with at least two members that have times, the longest wait first. A member idles from its
        end to that of the last one. ``n`` members with times, ``left_out`` those without; ``idle_ms`` adds up all
        members' waits, ``idle_share`` is that over the time which n slots took from the first start to the last end.
        ``last_agent`` is whom all waited for; ``straggler_ratio`` is the longest member's duration over the median.
        Members that run one after another idle too: they are not joined in parallel, which ``structure_advice`` tells.
    """
    keys = ["run_id", "parent_id"]
    end, start = pl.col("ended_ns"), pl.col("started_ns")
    timed = start.is_not_null() & end.is_not_null()
    joins = (
        invocations.filter(pl.col("parent_id").is_not_null())
        .with_columns(pl.when(timed).then(start), pl.when(timed).then(end))
        .group_by(keys, maintain_order=True)
        .agg(
            n=end.count(),
            left_out=end.null_count(),
            idle_ms=(end.max() - end).sum() / 1e6,
            mean_idle_ms=(end.max() - end).mean() / 1e6,
            max_idle_ms=(end.max() - end).max() / 1e6,
            window_ms=(end.max() - start.min()) / 1e6,
            last_agent=pl.col("agent").get(end.arg_max(), null_on_oob=True),
            straggler_ratio=pl.col("duration_ms").max() / pl.col("duration_ms").median().replace(0, None),
        )
        .filter(pl.col("n") > 1)
    )
    told = invocations.select(
        "run_id", "label", "invocation_id", "agent", "tier", "domain", pl.col("invocation_id").alias("parent_id")
    )
    frame = (
        joins.join(told, on=keys, maintain_order="left")
        .with_columns(idle_share=pl.col("idle_ms") / (pl.col("window_ms") * pl.col("n")).replace(0, None))
        .sort("idle_ms", descending=True, maintain_order=True)
    )
    return fit_schema(frame, _SCHEMA)


JOIN_IDLE: Final = Metric(
    name="join_idle",
    title="Idle time at joins",
    summary="How long did finished agents wait for the last one, and whom did they wait for?",
    function=compute_join_idle,
    queries=("invocations",),
    needs=("place", "ended", "times"),
    reads={"invocations": (*TREE, *TIMES, "label", "agent", "domain")},
    grain=("run_id", "invocation_id"),
    value="idle_ms",
    unit="ms",
    direction="lower",
    schema=_SCHEMA,
    labels=("label", "agent"),
    shown=("label", "agent", "tier", "n", "idle_ms", "idle_share", "last_agent", "straggler_ratio"),
)
