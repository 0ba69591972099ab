"""What was recorded of the invocations of each tier, and so what every other figure can rest on."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric

__all__ = ["COVERAGE", "compute_coverage"]

_COUNTS: Final = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "timed": pl.Int64,
    "with_input": pl.Int64,
    "with_output": pl.Int64,
    "output_share": pl.Float64,
    "calling_models": pl.Int64,
    "with_tokens": pl.Int64,
    "with_cost": pl.Int64,
    "mean_tier_confidence": pl.Float64,
}


def compute_coverage(recorded_facts: pl.DataFrame, by: Sequence[str] = ("tier",)) -> pl.DataFrame:
    """Count of how many invocations each kind of fact was recorded.

    Args:
        recorded_facts: frame of ``queries/recorded_facts.sql``.
        by: columns that make a group.

    Returns:
        One row per group; tier null holds the invocations whose parent never came. ``n`` invocations of so many
        ``runs``, of which so many are ``timed`` (start and end), have an input text, an output text, and call models.
        ``with_tokens`` and ``with_cost`` are of those that call models. ``output_share`` is ``with_output / n``.
        ``mean_tier_confidence`` says how sure their place in the tree is, 0 to 1.
    """
    keys = list(by)
    calling = pl.col("calls_models")
    return (
        recorded_facts.group_by(keys)
        .agg(
            pl.len().alias("n"),
            pl.col("run_id").n_unique().alias("runs"),
            pl.col("timed").sum(),
            pl.col("has_input").sum().alias("with_input"),
            pl.col("has_output").sum().alias("with_output"),
            pl.col("has_output").mean().alias("output_share"),
            calling.sum().alias("calling_models"),
            (calling & pl.col("has_tokens")).sum().alias("with_tokens"),
            (calling & pl.col("has_cost")).sum().alias("with_cost"),
            pl.col("tier_confidence").mean().alias("mean_tier_confidence"),
        )
        .select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))
        .sort(keys, nulls_last=True)
    )


COVERAGE: Final = Metric(
    name="coverage",
    title="Coverage of the recording",
    summary="Of how many invocations were times, texts, tokens and cost recorded?",
    function=compute_coverage,
    queries=("recorded_facts",),
    grain=("tier",),
    value="output_share",
    unit="share",
    direction="higher",
    schema={"tier": pl.Int32, **_COUNTS},
    by=("tier", "role", "domain", "agent", *RUN_COLUMNS),
)
