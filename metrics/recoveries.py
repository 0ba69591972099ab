"""What was done about members that failed or did not please, whether it worked, and what it cost."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["RECOVERIES", "compute_recoveries"]

_COUNTS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "worked": pl.Int64,
    "failed": pl.Int64,
    "unknown": pl.Int64,
    "worked_share": pl.Float64,
    "attempt_ms": pl.Float64,
    "tokens": pl.Int64,
    "cost_usd": pl.Float64,
}


def compute_recoveries(recovery_steps: pl.DataFrame, by: Sequence[str] = ("step",)) -> pl.DataFrame:
    """Retries, reassignments, revisions, rollbacks and interventions.

    Args:
        recovery_steps: frame of ``queries/recovery_steps.sql``.
        by: columns that make a group; ``agent`` is who did it, ``member`` whom it was about.

    Returns:
        One row per group. Of ``n`` steps so many ``worked`` (the attempt that followed ended ok, the rollback went
        through) or ``failed``; ``unknown`` where nothing followed, as after a cancellation. ``worked_share`` is of
        those known. ``attempt_ms``, ``tokens`` and ``cost_usd`` are the sums over the attempts that followed, null
        where none was recorded: what trying again cost, without their members.
    """
    keys = list(by)
    worked = pl.col("worked")
    frame = (
        recovery_steps.group_by(keys)
        .agg(
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            worked=worked.sum(),
            failed=(~worked).sum(),
            unknown=worked.null_count(),
            worked_share=worked.mean(),
            attempt_ms=known_sum("attempt_ms"),
            tokens=known_sum("tokens"),
            cost_usd=known_sum("cost_usd"),
        )
        .sort("n", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))


RECOVERIES: Final = Metric(
    name="recoveries",
    title="Retries, reassignments, rollbacks",
    summary="What was done about members that failed, did it work, and what did it cost?",
    function=compute_recoveries,
    queries=("recovery_steps",),
    grain=("step",),
    value="worked_share",
    unit="share",
    direction="higher",
    schema={"step": pl.String, **_COUNTS},
    by=("step", "member", "tier", "domain", "agent", *RUN_COLUMNS),
)
