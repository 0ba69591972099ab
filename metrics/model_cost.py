"""Tokens and money by model and tier."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum, total_tokens
from tierscope.metrics.forest import RUN_COLUMNS, SPEND
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["MODEL_COST", "compute_model_cost"]

_FIGURES: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "failed": pl.Int64,
    "without_tokens": pl.Int64,
    "without_cost": pl.Int64,
    "input_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "cost_usd": pl.Float64,
    "cost_share": pl.Float64,
    "token_share": pl.Float64,
}


def compute_model_cost(model_calls: pl.DataFrame, by: Sequence[str] = ("model", "tier")) -> pl.DataFrame:
    """Spend by model and tier, or whatever ``by`` names.

    Args:
        model_calls: frame of ``queries/model_calls.sql``.
        by: columns that make a group.

    Returns:
        One row per group, the dearest first. ``n`` model calls of so many ``runs``, of which ``failed`` ended in an
        error; sums are over those calls that recorded the number, and null where none did: ``without_tokens`` and
        ``without_cost`` (its model has no known price) say how many are missing. Shares are of all groups in the frame.
        Tier null holds calls that belong to no placed agent.
    """
    keys = list(by)
    frame = (
        model_calls.group_by(keys)
        .agg(
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            failed=(pl.col("status") == "error").sum(),
            without_tokens=total_tokens().null_count(),
            without_cost=pl.col("cost_usd").null_count(),
            input_tokens=known_sum("input_tokens"),
            output_tokens=known_sum("output_tokens"),
            cost_usd=known_sum("cost_usd"),
            tokens=known_sum(total_tokens()),
        )
        .with_columns(
            cost_share=pl.col("cost_usd") / pl.col("cost_usd").sum().replace(0, None),
            token_share=pl.col("tokens") / pl.col("tokens").sum().replace(0, None),
        )
    )
    dearest_first = frame.sort(
        "cost_usd", "tokens", *keys, descending=[True, True, *(False for _ in keys)], nulls_last=True
    )
    return dearest_first.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _FIGURES.items()))


MODEL_COST: Final = Metric(
    name="model_cost",
    title="Tokens and cost by model and tier",
    summary="Which models on which tiers was the money spent on?",
    function=compute_model_cost,
    queries=("model_calls",),
    needs=("tokens", "cost"),
    reads={"model_calls": ("run_id", "status", "model", "provider", "tier", *SPEND)},
    grain=("model", "tier"),
    value="cost_usd",
    unit="USD",
    direction="lower",
    schema={"model": pl.String, "tier": pl.Int32, **_FIGURES},
    by=("model", "provider", "tier", "role", "domain", "agent", *RUN_COLUMNS),
)
