"""Problems that were taken up the hierarchy: why, how far, and whether a level resolved them."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["ESCALATIONS", "compute_escalations"]

_COUNTS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "resolved": pl.Int64,
    "open": pl.Int64,
    "resolved_share": pl.Float64,
    "at_next_level": pl.Int64,
    "levels_mean": pl.Float64,
    "waited_mean_ms": pl.Float64,
    "without_path": pl.Int64,
}


def compute_escalations(escalated_problems: pl.DataFrame, by: Sequence[str] = ("reason", "hop")) -> pl.DataFrame:
    """Escalations by reason and by how far they went.

    Args:
        escalated_problems: frame of ``queries/escalated_problems.sql``.
        by: columns that make a group; ``agent`` is the one that had the problem.

    Returns:
        One row per group. ``n`` problems, each once however many levels were asked, of which so many were
        ``resolved`` or stayed ``open``. ``hop`` is the tier that had it -> the tier that resolved it, or was asked
        last; null where the levels were not recorded (``without_path``). ``at_next_level`` were resolved by the level
        right above, ``levels_mean`` is how many levels were asked, ``waited_mean_ms`` how long a resolved one took.
    """
    keys = list(by)
    resolved = pl.col("resolved")
    frame = (
        escalated_problems.with_columns(hop=pl.format("{} -> {}", "from_tier", "to_tier"))
        .group_by(keys)
        .agg(
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            resolved=resolved.sum(),
            open=(~resolved).sum(),
            resolved_share=resolved.mean(),
            at_next_level=(resolved & (pl.col("from_tier") - pl.col("to_tier") == 1)).sum(),
            levels_mean=pl.col("levels_asked").filter(pl.col("levels_asked") > 0).mean(),
            waited_mean_ms=pl.col("waited_ms").mean(),
            without_path=pl.col("hop").null_count(),
        )
        .sort("n", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))


ESCALATIONS: Final = Metric(
    name="escalations",
    title="Escalations",
    summary="Which problems went up the hierarchy, how far, and did a level resolve them?",
    function=compute_escalations,
    queries=("escalated_problems",),
    grain=("reason", "hop"),
    value="resolved_share",
    unit="share",
    direction="higher",
    schema={"reason": pl.String, "hop": pl.String, **_COUNTS},
    by=("reason", "hop", "answer", "domain", "agent", *RUN_COLUMNS),
)
