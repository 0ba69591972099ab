"""Tokens spent on planning and synthesis, against those of the leaves, beside a flat run of the same leaves."""

from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum, total_tokens
from tierscope.metrics.forest import SPEND, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["COORDINATION_COST", "compute_coordination_cost"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "n": pl.Int64,
    "leaf_calls": pl.Int64,
    "leaf_tokens": pl.Int64,
    "leaf_cost_usd": pl.Float64,
    "coordination_calls": pl.Int64,
    "coordination_tokens": pl.Int64,
    "coordination_cost_usd": pl.Float64,
    "coordination_share": pl.Float64,
    "flat_tokens": pl.Int64,
    "flat_ratio": pl.Float64,
}


def compute_coordination_cost(invocations: pl.DataFrame) -> pl.DataFrame:
    """Spend of orchestrators and of leaves.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per run in which an agent has another below it. ``n`` agents that recorded tokens, of those with a known
        place in the tree. Agents with members coordinate, the others are leaves; ``coordination_share`` is of the
        tokens of both, null where either recorded none. ``flat_tokens`` estimates the same leaves under one
        orchestrator that reads all their outputs once and writes what the root wrote; ``flat_ratio`` is the run's
        tokens over that.
    """
    placed = invocations.filter(pl.col("tier").is_not_null())
    parents = placed.select("run_id", pl.col("parent_id").alias("invocation_id")).unique()
    leading = placed.join(parents, on=["run_id", "invocation_id"], how="semi")
    leaves = placed.join(parents, on=["run_id", "invocation_id"], how="anti").filter(pl.col("tier") > 0)
    tokens = total_tokens()
    spent = leading.group_by("run_id", maintain_order=True).agg(
        pl.col("label").first(),
        leading_n=tokens.count(),
        coordination_calls=pl.col("model_calls").sum(),
        coordination_tokens=known_sum(tokens),
        coordination_cost_usd=known_sum("cost_usd"),
        root_output=pl.col("output_tokens").filter(pl.col("tier") == 0).first(),
    )
    worked = leaves.group_by("run_id").agg(
        leaf_n=tokens.count(),
        leaf_calls=pl.col("model_calls").sum(),
        leaf_tokens=known_sum(tokens),
        leaf_cost_usd=known_sum("cost_usd"),
        leaf_output=known_sum("output_tokens"),
    )
    frame = (
        spent.join(worked, on="run_id", maintain_order="left")
        .with_columns(
            n=pl.col("leading_n") + pl.col("leaf_n"),
            total=pl.col("coordination_tokens") + pl.col("leaf_tokens"),
            flat_tokens=pl.col("leaf_tokens") + pl.col("leaf_output") + pl.col("root_output"),
        )
        .with_columns(
            coordination_share=pl.col("coordination_tokens") / pl.col("total").replace(0, None),
            flat_ratio=pl.col("total") / pl.col("flat_tokens").replace(0, None),
        )
    )
    return fit_schema(frame, _SCHEMA)


COORDINATION_COST: Final = Metric(
    name="coordination_cost",
    title="Cost of coordination",
    summary="How much of the tokens goes into planning and synthesis, and what would a flat run have spent?",
    function=compute_coordination_cost,
    queries=("invocations",),
    needs=("place", "tokens", "cost"),
    reads={"invocations": (*TREE, *SPEND, "label", "model_calls")},
    grain=("run_id",),
    value="coordination_share",
    unit="share",
    direction="lower",
    schema=_SCHEMA,
    labels=("label",),
    shown=("label", "n", "leaf_tokens", "coordination_tokens", "coordination_share", "flat_tokens", "flat_ratio"),
)
