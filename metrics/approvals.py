"""What people were asked to approve, how it ended, and how long the work waited for them."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["APPROVALS", "compute_approvals"]

_COUNTS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "approved": pl.Int64,
    "rejected": pl.Int64,
    "timed_out": pl.Int64,
    "cancelled": pl.Int64,
    "waiting": pl.Int64,
    "approved_share": pl.Float64,
    "waited_n": pl.Int64,
    "waited_ms": pl.Float64,
    "waited_mean_ms": pl.Float64,
    "waited_p50_ms": pl.Float64,
    "waited_max_ms": pl.Float64,
}


def compute_approvals(approval_requests: pl.DataFrame, by: Sequence[str] = ("kind",)) -> pl.DataFrame:
    """Requests for approval by kind.

    Args:
        approval_requests: frame of ``queries/approval_requests.sql``.
        by: columns that make a group; ``agent`` is who asked, ``level`` the tier whose approvers decide.

    Returns:
        One row per group. ``n`` requests by how they ended; ``waiting`` have no recorded end. ``approved_share`` is of
        those that people decided. ``waited_ms`` is the sum over the ``waited_n`` requests whose wait was recorded.
    """
    keys = list(by)
    counts = {
        "approved": "approved",
        "rejected": "rejected",
        "timed_out": "timeout",
        "cancelled": "cancelled",
        "waiting": "waiting",
    }
    status, waited = pl.col("status"), pl.col("waited_ms")
    frame = (
        approval_requests.group_by(keys)
        .agg(
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            **{name: (status == value).sum() for name, value in counts.items()},
            approved_share=(status == "approved").filter(status.is_in(["approved", "rejected"])).mean(),
            waited_n=waited.count(),
            waited_ms=known_sum("waited_ms"),
            waited_mean_ms=waited.mean(),
            waited_p50_ms=waited.median(),
            waited_max_ms=waited.max(),
        )
        .sort("n", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))


APPROVALS: Final = Metric(
    name="approvals",
    title="Approvals and waiting for them",
    summary="What were people asked to approve, how did it end, and how long did the work wait?",
    function=compute_approvals,
    queries=("approval_requests",),
    grain=("kind",),
    value="waited_mean_ms",
    unit="ms",
    direction="lower",
    schema={"kind": pl.String, **_COUNTS},
    by=("kind", "level", "tier", "domain", "agent", *RUN_COLUMNS),
    shown=("kind", "n", "approved", "rejected", "timed_out", "waiting", "waited_mean_ms", "waited_max_ms"),
)
