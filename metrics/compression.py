"""How much shorter each synthesis is than what it was made of."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import RUN_COLUMNS, compute_ancestors, compute_levels

__all__ = ["WHOLE_SYNTHESES", "compute_compression"]

WHOLE_SYNTHESES: Final = frozenset({"hop", "agent", *RUN_COLUMNS})
"""Groups that hold every child of a parent; within others a ratio would say nothing."""


def compute_compression(texts: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Words of syntheses over words of what they were made of.

    Args:
        texts: frame of ``queries/texts.sql``.
        by: columns of ``synthesis_retention`` that make a group.

    Returns:
        One row per group with ``compression_ratio``: below 1 where it got shorter. Of a hop ``2 -> 1`` the outputs of
        the tier-1 agents over those of their tier-2 children; "end to end" the root's over those of all leaves.
        Families in which an output was not recorded are left out. No rows for groups that split the children of
        a parent, such as domains: there is no such ratio.
    """
    if not set(by) <= WHOLE_SYNTHESES:
        return pl.DataFrame(schema={**dict.fromkeys(by, pl.String), "compression_ratio": pl.Float64})
    families = pl.concat([_hops(texts), _whole_runs(texts)])
    complete = families.filter(pl.col("made_of").is_not_null() & pl.col("words").is_not_null())
    if "hop" not in by:
        complete = complete.filter(hop="end to end")
    ratio = pl.col("words").sum() / pl.col("made_of").sum().replace(0, None)
    return complete.group_by(list(by), maintain_order=True).agg(ratio.alias("compression_ratio"))


def _hops(texts: pl.DataFrame) -> pl.DataFrame:
    """One row per parent and tier below it: its words, and those of its children."""
    members = texts.select("run_id", "invocation_id", "parent_id", "tier", words=_words())
    made_of = members.group_by("run_id", "parent_id", maintain_order=True).agg(made_of=_sum_if_whole("words"))
    parents = texts.select(*RUN_COLUMNS, pl.col("invocation_id").alias("parent_id"), "agent", "tier", words=_words())
    return parents.join(made_of, on=["run_id", "parent_id"], maintain_order="left").select(
        *RUN_COLUMNS, "agent", "words", "made_of", hop=pl.format("{} -> {}", pl.col("tier") + 1, "tier")
    )


def _whole_runs(texts: pl.DataFrame) -> pl.DataFrame:
    """One row per root that has leaves below it: its words, and those of all leaves."""
    nodes = compute_levels(texts.select(*RUN_COLUMNS, "invocation_id", "parent_id", "agent", "tier", words=_words()))
    parents = nodes.select(pl.col("parent").alias("node")).unique()
    leaves = nodes.join(parents, on="node", how="anti").select("node", leaf_words="words")
    made_of = (
        compute_ancestors(nodes)
        .join(leaves, on="node")
        .group_by("ancestor", maintain_order=True)
        .agg(made_of=_sum_if_whole("leaf_words"))
    )
    roots = nodes.filter(tier=0).join(made_of, left_on="node", right_on="ancestor", maintain_order="left")
    return roots.select(*RUN_COLUMNS, "agent", "words", "made_of", hop=pl.lit("end to end"))


def _words() -> pl.Expr:
    return pl.col("output").str.count_matches(r"\S+")


def _sum_if_whole(name: str) -> pl.Expr:
    """Sum of a column; null where a value is missing."""
    return pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum())
