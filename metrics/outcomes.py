"""How the invocations of each tier end, and how often a parent had to go on without a member."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import FAILED, RUN_COLUMNS
from tierscope.metrics.metric import Metric

__all__ = ["OUTCOMES", "compute_outcomes"]

_STATUSES: Final = ("ok", "error", "timeout", "cancelled", "running", "abandoned")
_COUNTS: Final = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "failed_share": pl.Float64,
    **dict.fromkeys(_STATUSES, pl.Int64),
    "gaps": pl.Int64,
}


def compute_outcomes(invocations: pl.DataFrame, gaps: pl.DataFrame, by: Sequence[str] = ("tier",)) -> pl.DataFrame:
    """Count of invocations by how they ended.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        gaps: frame of ``queries/gaps.sql``.
        by: columns that make a group.

    Returns:
        One row per group, tier null for invocations whose parent never came. ``n`` invocations of so many ``runs``; one
        column for each status. ``failed_share`` is that of error, timeout, cancelled and abandoned among those that are
        not still running, null where all are. ``gaps`` counts the members that invocations of this group went on
        without, on record.
    """
    keys = list(by)
    flagged = gaps.group_by("run_id", "invocation_id").len("gaps")
    status = pl.col("status")
    ended = status != "running"
    return (
        invocations.join(flagged, on=["run_id", "invocation_id"], how="left")
        .group_by(keys)
        .agg(
            pl.len().alias("n"),
            pl.col("run_id").n_unique().alias("runs"),
            (status.is_in(FAILED).sum() / ended.sum().replace(0, None)).alias("failed_share"),
            *((status == name).sum().alias(name) for name in _STATUSES),
            pl.col("gaps").sum(),
        )
        .select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))
        .sort(keys, nulls_last=True)
    )


OUTCOMES: Final = Metric(
    name="outcomes",
    title="Outcomes and failures",
    summary="How do the invocations end, and how often did a parent go on without a member?",
    function=compute_outcomes,
    queries=("invocations", "gaps"),
    needs=("ended",),
    reads={"invocations": ("run_id", "invocation_id", "status")},
    grain=("tier",),
    value="failed_share",
    unit="share",
    direction="lower",
    schema={"tier": pl.Int32, **_COUNTS},
    by=("tier", "role", "domain", "agent", *RUN_COLUMNS),
)
