"""Tokens and money of every agent, alone and with all below it."""

from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum, total_tokens
from tierscope.metrics.forest import SPEND, TREE, compute_levels
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["TOKEN_COST", "compute_token_cost"]

_COUNTED: Final = ("input_tokens", "output_tokens", "cost_usd")
_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "invocation_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "domain": pl.String,
    "n": pl.Int64,
    "model_calls": pl.Int64,
    "input_tokens": pl.Int64,
    "output_tokens": pl.Int64,
    "cost_usd": pl.Float64,
    "subtree_agents": pl.Int64,
    "subtree_model_calls": pl.Int64,
    "subtree_input_tokens": pl.Int64,
    "subtree_output_tokens": pl.Int64,
    "subtree_cost_usd": pl.Float64,
    "subtree_share": pl.Float64,
    "cost_note": pl.String,
}


def compute_token_cost(invocations: pl.DataFrame) -> pl.DataFrame:
    """Own and subtree tokens and cost of every invocation.

    Args:
        invocations: frame of ``queries/invocations.sql``, parents before children.

    Returns:
        One row per invocation, in the order given. ``n`` is the number of model calls in the subtree. A sum is null
        where nothing in the subtree recorded that number; where only part did, it is the sum of that part.
        ``subtree_share`` is of the run's tokens. ``cost_note`` says why a cost is null.
    """
    # Ids are long texts, and there may be millions: what is computed goes by row number and comes back in order.
    return (
        invocations.with_row_index("node")
        .join(_subtree_sums(invocations), on="node", how="left", maintain_order="left")
        .with_columns(
            n="subtree_model_calls",
            subtree_share=total_tokens("subtree_input_tokens", "subtree_output_tokens")
            / total_tokens().sum().over("run_id").replace(0, None),
        )
        .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    )


def _subtree_sums(invocations: pl.DataFrame) -> pl.DataFrame:
    """Sums over each row and everything below it, deepest level first, so each row is added once per level."""
    levels = compute_levels(invocations.select("invocation_id", "parent_id")).select("node", "parent", "level")
    own = levels.hstack(
        invocations.select(
            pl.repeat(1, pl.len(), dtype=pl.Int64).alias("subtree_agents"),
            pl.col("model_calls").cast(pl.Int64).alias("subtree_model_calls"),
            *(pl.col(name).alias(f"subtree_{name}") for name in _COUNTED),
        )
    )
    sums = [name for name in own.columns if name.startswith("subtree_")]
    done: list[pl.DataFrame] = []
    below = own.clear()
    for (_,), level in sorted(own.partition_by("level", as_dict=True).items(), reverse=True):
        with_below = (
            pl.concat([level.select("node", *sums), below.select(pl.col("parent").alias("node"), *sums)])
            .group_by("node", maintain_order=True)
            .agg(known_sum(name) for name in sums)
        )
        below = level.drop(sums).join(with_below, on="node", maintain_order="left")
        done.append(below)
    return pl.concat([own.clear(), *done]).select("node", *sums)


TOKEN_COST: Final = Metric(
    name="token_cost",
    title="Tokens and cost by subtree",
    summary="What did each agent, with all below it, spend?",
    function=compute_token_cost,
    queries=("invocations",),
    needs=("tokens", "cost"),
    reads={"invocations": (*TREE, *SPEND, "agent", "domain", "model_calls", "cost_note")},
    grain=("run_id", "invocation_id"),
    value="subtree_cost_usd",
    unit="USD",
    direction="lower",
    schema=_SCHEMA,
    labels=("agent",),
    shown=(
        "run_id",
        "agent",
        "tier",
        "n",
        "input_tokens",
        "output_tokens",
        "subtree_cost_usd",
        "subtree_share",
        "cost_note",
    ),
)
