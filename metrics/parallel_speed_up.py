"""Whether tiers pay: time saved by running leaves in parallel, against the time spent on coordinating them."""

from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum
from tierscope.metrics.critical_path import compute_critical_pieces
from tierscope.metrics.forest import TIMES, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["PARALLEL_SPEED_UP", "compute_parallel_speed_up"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "n": pl.Int64,
    "left_out": pl.Int64,
    "makespan_ms": pl.Float64,
    "leaf_ms": pl.Float64,
    "speed_up_ratio": pl.Float64,
    "critical_leaf_ms": pl.Float64,
    "overhead_ms": pl.Float64,
    "overhead_share": pl.Float64,
    "saved_ms": pl.Float64,
    "pays": pl.Boolean,
    "simulated_share": pl.Float64,
}


def compute_parallel_speed_up(runs: pl.DataFrame, invocations: pl.DataFrame) -> pl.DataFrame:
    """Speed-up, coordination overhead and whether the first outweighs the second.

    Args:
        runs: frame of ``queries/runs.sql``.
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per run. ``n`` leaves with times below a root with times, ``left_out`` leaves without. ``leaf_ms`` is
        what the leaves took in sum, as they would one after another, as far as the root ran meanwhile;
        ``speed_up_ratio`` that over the makespan. ``critical_leaf_ms`` is the part of the makespan spent in leaves on
        the critical path, ``overhead_ms`` the rest: planning, waiting for slots and synthesis. ``saved_ms`` is
        ``leaf_ms - critical_leaf_ms``. The tiers ``pays`` if the overhead is below what was saved. All null where root
        or leaves have no times; ``simulated_share`` says how much of the makespan was simulated waiting.
    """
    parents = invocations.select("run_id", pl.col("parent_id").alias("invocation_id")).unique()
    placed = invocations.filter(pl.col("tier") > 0)
    roots = invocations.filter(tier=0).select("run_id", root_start="started_ns", root_end="ended_ns")
    leaves = placed.join(parents, on=["run_id", "invocation_id"], how="anti").join(roots, on="run_id", how="left")
    pieces = compute_critical_pieces(invocations)
    critical = pieces.join(leaves, on=["run_id", "invocation_id"], how="semi")
    sums = leaves.group_by("run_id").agg(
        n=pl.col("duration_ms").count(),
        left_out=pl.col("duration_ms").null_count(),
        leaf_ms=known_sum(_inside_root_ms()),
    )
    frame = (
        runs.select("run_id", "label", "simulated_share")
        .join(pieces.group_by("run_id").agg(makespan_ms=pl.col("critical_ms").sum()), on="run_id", how="left")
        .join(sums, on="run_id", how="left")
        .join(critical.group_by("run_id").agg(critical_leaf_ms=pl.col("critical_ms").sum()), on="run_id", how="left")
        .with_columns(
            pl.col("n", "left_out").fill_null(0),
            leaf_ms=pl.when(pl.col("makespan_ms").is_not_null()).then("leaf_ms"),
        )
        .with_columns(
            critical_leaf_ms=pl.when(pl.col("leaf_ms").is_not_null()).then(pl.col("critical_leaf_ms").fill_null(0))
        )
        .with_columns(
            speed_up_ratio=pl.col("leaf_ms") / pl.col("makespan_ms"),
            overhead_ms=pl.col("makespan_ms") - pl.col("critical_leaf_ms"),
            saved_ms=pl.col("leaf_ms") - pl.col("critical_leaf_ms"),
        )
        .with_columns(
            overhead_share=pl.col("overhead_ms") / pl.col("makespan_ms"),
            pays=pl.col("overhead_ms") < pl.col("saved_ms"),
        )
    )
    order = runs.select("run_id")
    return fit_schema(order.join(frame, on="run_id", maintain_order="left"), _SCHEMA)


def _inside_root_ms() -> pl.Expr:
    """How long a leaf ran while its root did: with skewed clocks, or a root that ended early, the rest is no gain."""
    inside = pl.min_horizontal("ended_ns", "root_end") - pl.max_horizontal("started_ns", "root_start")
    return pl.when(pl.col("duration_ms").is_not_null()).then(inside.clip(0) / 1e6)


PARALLEL_SPEED_UP: Final = Metric(
    name="parallel_speed_up",
    title="Parallel speed-up and coordination overhead",
    summary="Did running leaves in parallel save more time than coordinating them cost?",
    function=compute_parallel_speed_up,
    queries=("runs", "invocations"),
    needs=("root", "place", "ended", "times", "order_in_time"),
    reads={"invocations": (*TREE, *TIMES)},
    grain=("run_id",),
    value="speed_up_ratio",
    unit="x",
    direction="higher",
    schema=_SCHEMA,
    labels=("label",),
    shown=("label", "n", "makespan_ms", "leaf_ms", "speed_up_ratio", "overhead_ms", "saved_ms", "pays"),
)
