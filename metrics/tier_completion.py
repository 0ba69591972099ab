"""How long each tier takes, how evenly, and which one is the bottleneck."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.critical_path import compute_critical_pieces
from tierscope.metrics.forest import RUN_COLUMNS, TIMES, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["TIER_COMPLETION", "compute_tier_completion"]

_STATISTICS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "left_out": pl.Int64,
    "mean_ms": pl.Float64,
    "sd_ms": pl.Float64,
    "variance_ms2": pl.Float64,
    "cv": pl.Float64,
    "min_ms": pl.Float64,
    "p50_ms": pl.Float64,
    "p90_ms": pl.Float64,
    "p95_ms": pl.Float64,
    "p99_ms": pl.Float64,
    "max_ms": pl.Float64,
    "self_mean_ms": pl.Float64,
    "self_p50_ms": pl.Float64,
    "queued_mean_ms": pl.Float64,
    "straggler_ratio": pl.Float64,
    "critical_path_ms": pl.Float64,
    "critical_path_share": pl.Float64,
    "bottleneck": pl.Boolean,
}


def compute_tier_completion(invocations: pl.DataFrame, by: Sequence[str] = ("tier",)) -> pl.DataFrame:
    """Distribution of completion time per tier, or per whatever ``by`` names.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        by: columns that make a group.

    Returns:
        One row per group. ``n`` finished invocations with times, of so many ``runs``; ``left_out`` those without.
        Quantiles are linearly interpolated. sd, variance and cv are the sample's, null at n < 2. ``queued_mean_ms`` is
        the part of the time that was waiting for a slot, of those of whom it was recorded. ``straggler_ratio`` is the
        largest, over the group's parents with at least two finished members, of slowest member over median member.
        ``critical_path_share`` is of the makespan of all runs with times, of the group's own runs where ``by`` names
        them. ``bottleneck`` marks the group with the highest variance of its run, version or whatever ``by`` names that
        spans whole runs; the root, whose time contains every other tier's, only where nothing below has a variance;
        none where all take equally long, null where no variance is known.
    """
    keys = list(by)
    placed = invocations.filter(pl.col("tier").is_not_null())
    pieces = compute_critical_pieces(placed)
    placed = placed.join(pieces, on=["run_id", "invocation_id"], how="left")
    duration, self_time = pl.col("duration_ms"), pl.col("self_ms")
    frame = placed.group_by(keys).agg(
        duration.count().cast(pl.Int64).alias("n"),
        pl.col("run_id").filter(duration.is_not_null()).n_unique().alias("runs"),
        duration.null_count().cast(pl.Int64).alias("left_out"),
        duration.mean().alias("mean_ms"),
        duration.std().alias("sd_ms"),
        duration.var().alias("variance_ms2"),
        (duration.std() / duration.mean().replace(0, None)).alias("cv"),
        duration.min().alias("min_ms"),
        *(duration.quantile(q / 100, interpolation="linear").alias(f"p{q}_ms") for q in (50, 90, 95, 99)),
        duration.max().alias("max_ms"),
        self_time.mean().alias("self_mean_ms"),
        self_time.median().alias("self_p50_ms"),
        pl.col("queued_ms").mean().alias("queued_mean_ms"),
        _timed_sum("critical_ms").alias("critical_path_ms"),
    )
    return (
        frame.join(_straggler_ratios(placed, keys), on=keys, how="left", nulls_equal=True)
        .with_columns(
            critical_path_share=pl.col("critical_path_ms") / _makespan(keys),
            bottleneck=_is_bottleneck(keys),
        )
        .select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _STATISTICS.items()))
        .sort(keys, nulls_last=True)
    )


def _makespan(keys: list[str]) -> pl.Expr:
    """Critical time of all groups, or of those of the same runs; null where nothing has times."""
    shared = [key for key in keys if key in RUN_COLUMNS]
    total = pl.col("critical_path_ms").sum()
    return (total.over(shared) if shared else total).replace(0, None)


def _timed_sum(column: str) -> pl.Expr:
    """Sum of a column, null where no member of the group has a duration."""
    return pl.when(pl.col("duration_ms").count() > 0).then(pl.col(column).sum())


def _straggler_ratios(placed: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Per group: slowest member over the median member, at the parent where that is largest."""
    return (
        placed.filter(pl.col("duration_ms").is_not_null() & pl.col("parent_id").is_not_null())
        .with_columns(
            pl.col("duration_ms").median().over("run_id", "parent_id").alias("median"),
            pl.col("duration_ms").count().over("run_id", "parent_id").alias("siblings"),
        )
        .filter((pl.col("siblings") > 1) & (pl.col("median") > 0))
        .group_by(keys)
        .agg((pl.col("duration_ms") / pl.col("median")).max().alias("straggler_ratio"))
    )


def _is_bottleneck(keys: list[str]) -> pl.Expr:
    """Whether a group has the highest variance among those of the same run, version or whatever spans whole runs."""
    shared = [key for key in keys if key in RUN_COLUMNS]

    def among(expression: pl.Expr) -> pl.Expr:
        return expression.over(shared) if shared else expression

    variance = pl.col("variance_ms2")
    if "tier" in keys:
        below_root = pl.when(pl.col("tier") > 0).then(variance)
        variance = pl.when(among(below_root.count()) > 0).then(below_root).otherwise(variance)
    highest = among(variance.max())
    return pl.when(highest.is_not_null()).then(((variance == highest) & (highest > 0)).fill_null(value=False))


TIER_COMPLETION: Final = Metric(
    name="tier_completion",
    title="Tier completion time",
    summary="How long does each tier take, how evenly, and which tier is the bottleneck?",
    function=compute_tier_completion,
    queries=("invocations",),
    needs=("place", "ended", "times"),
    reads={"invocations": (*TREE, *TIMES, "self_ms", "queued_ms")},
    grain=("tier",),
    value="p95_ms",
    unit="ms",
    direction="lower",
    schema={"tier": pl.Int32, **_STATISTICS},
    by=("tier", "role", "domain", "agent", *RUN_COLUMNS),
    shown=(
        "tier",
        "n",
        "bottleneck",
        "mean_ms",
        "cv",
        "p50_ms",
        "p95_ms",
        "max_ms",
        "variance_ms2",
        "critical_path_share",
    ),
)
