"""What failed, whether that was flagged, and how far it spread."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import FAILED, RUN_COLUMNS, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["FAILURES", "compute_failures"]

_COUNTS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "flagged": pl.Int64,
    "with_partial": pl.Int64,
    "recovered": pl.Int64,
    "escalated": pl.Int64,
    "unflagged": pl.Int64,
    "contained": pl.Int64,
    "contained_share": pl.Float64,
}


def compute_failures(
    invocations: pl.DataFrame,
    gaps: pl.DataFrame,
    handled_failures: pl.DataFrame,
    by: Sequence[str] = ("hop", "status"),
) -> pl.DataFrame:
    """Failures by hop and status.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        gaps: frame of ``queries/gaps.sql``.
        handled_failures: frame of ``queries/handled_failures.sql``.
        by: columns that make a group; ``agent`` is the one that failed.

    Returns:
        One row per group. ``n`` failures: agents that ended in error, timeout, cancelled or abandoned, and failure
        tokens of members that have no such agent (silent, empty or invalid ones); an agent and its token count once.
        ``flagged`` have a token, of which so many have partial results attached. After ``recovered`` ones the parent
        tried again, or had somebody else try; ``escalated`` ones went to a level above; ``unflagged`` have none of it.
        ``contained`` are those whose parent ended ok: resolved at their own level; unknown for a root, which has none,
        and while the parent runs.
        ``hop`` is tier of the failed -> tier of its parent.
    """
    keys = list(by)
    frame = (
        _failures(invocations, gaps, handled_failures)
        .group_by(keys)
        .agg(
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            flagged=pl.col("flagged").sum(),
            with_partial=pl.col("with_partial").sum(),
            recovered=pl.col("recovered").sum(),
            escalated=pl.col("escalated").sum(),
            unflagged=(~(pl.col("flagged") | pl.col("recovered") | pl.col("escalated"))).sum(),
            contained=pl.col("contained").sum(),
            contained_share=pl.col("contained").mean(),
        )
        .sort("n", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))


def _failures(invocations: pl.DataFrame, gaps: pl.DataFrame, handled: pl.DataFrame) -> pl.DataFrame:
    """One row per failure, with its parent's tier and status."""
    parents = invocations.select(
        "run_id", pl.col("invocation_id").alias("parent_id"), parent_tier="tier", parent_status="status",
        parent_domain="domain",
    )  # fmt: skip
    tokens = gaps.select(
        "run_id", pl.col("invocation_id").alias("parent_id"), pl.col("member").alias("agent"),
        flagged_status="status", flagged_domain="domain", with_partial=pl.col("partial").is_not_null(),
    ).unique(["run_id", "parent_id", "agent"], keep="last", maintain_order=True)  # fmt: skip
    agents = invocations.filter(pl.col("status").is_in(FAILED)).select(
        "run_id", "invocation_id", "parent_id", "agent", "domain", "tier", agent_status="status"
    )
    facts = invocations.select(RUN_COLUMNS).unique("run_id")
    crossed = pl.col("tier").is_not_null() & pl.col("parent_tier").is_not_null()
    return (
        agents.join(tokens, on=["run_id", "parent_id", "agent"], how="full", coalesce=True)
        .join(parents, on=["run_id", "parent_id"], how="left")
        .join(handled, on=["run_id", "invocation_id"], how="left")
        .with_columns(
            pl.col("with_partial", "recovered", "escalated").fill_null(value=False),
            status=pl.coalesce("flagged_status", "agent_status"),
            domain=pl.coalesce("domain", "flagged_domain", "parent_domain"),
            tier=pl.coalesce("tier", pl.col("parent_tier") + 1),
            flagged=pl.col("flagged_status").is_not_null(),
            contained=pl.when(pl.col("parent_status") != "running").then(pl.col("parent_status") == "ok"),
        )
        .with_columns(hop=pl.when(crossed).then(pl.format("{} -> {}", "tier", "parent_tier")))
        .join(facts, on="run_id", how="left")
    )


FAILURES: Final = Metric(
    name="failures",
    title="Failures by hop",
    summary="What failed, was it flagged with what had been done, and did it stop at its own level?",
    function=compute_failures,
    queries=("invocations", "gaps", "handled_failures"),
    needs=("place", "ended"),
    reads={"invocations": (*TREE, "agent", "domain", "status", "label", "project", "version", "task_type")},
    grain=("hop", "status"),
    value="n",
    unit="failures",
    direction="lower",
    schema={"hop": pl.String, "status": pl.String, **_COUNTS},
    by=("hop", "status", "domain", "agent", *RUN_COLUMNS),
)
