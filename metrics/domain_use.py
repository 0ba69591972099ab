"""Which domains are considered, activated and skipped for which task, and what they cost."""

from typing import Final

import polars as pl

from tierscope.metrics.aggregates import known_sum, total_tokens
from tierscope.metrics.forest import SPEND
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["DOMAIN_USE", "compute_domain_use"]

_SCHEMA: Final[Schema] = {
    "task_type": pl.String,
    "domain": pl.String,
    "n": pl.Int64,
    "considered": pl.Int64,
    "activated": pl.Int64,
    "skipped": pl.Int64,
    "activated_share": pl.Float64,
    "agents": pl.Int64,
    "tokens": pl.Int64,
    "token_share": pl.Float64,
    "cost_usd": pl.Float64,
    "cost_share": pl.Float64,
}


def compute_domain_use(invocations: pl.DataFrame, skipped_members: pl.DataFrame) -> pl.DataFrame:
    """Activation and spend of each domain by type of task.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        skipped_members: frame of ``queries/skipped_members.sql``.

    Returns:
        One row per type of task and domain, the most used first. ``n`` runs of that type, in so many of which the
        domain was ``considered``: ``activated`` (an agent of it ran), or ``skipped`` (a member that stands for it was
        recorded as found irrelevant, and no agent of it ran). ``activated_share`` is of ``n``. A domain counts for a
        type of task only if it was ever considered there. Token and cost shares are of what all domains of that type
        spent; null where nothing was recorded.
    """
    types = invocations.group_by("task_type").agg(n=pl.col("run_id").n_unique())
    domains = (
        invocations.filter(pl.col("tier") > 0, pl.col("domain").is_not_null())
        .group_by("task_type", "domain")
        .agg(
            activated=pl.col("run_id").n_unique(),
            agents=pl.len(),
            tokens=known_sum(total_tokens()),
            cost_usd=known_sum("cost_usd"),
        )
    )
    active = invocations.filter(pl.col("tier") > 0).select("run_id", "domain").unique()
    skipped = (
        skipped_members.join(active, on=["run_id", "domain"], how="anti")
        .group_by("task_type", "domain")
        .agg(skipped=pl.col("run_id").n_unique())
    )
    frame = (
        domains.join(skipped, on=["task_type", "domain"], how="full", coalesce=True, nulls_equal=True)
        .join(types, on="task_type", nulls_equal=True)
        .with_columns(pl.col("activated", "agents", "skipped").fill_null(0))
        .with_columns(
            considered=pl.col("activated") + pl.col("skipped"),
            activated_share=pl.col("activated") / pl.col("n"),
            token_share=pl.col("tokens") / pl.col("tokens").sum().over("task_type").replace(0, None),
            cost_share=pl.col("cost_usd") / pl.col("cost_usd").sum().over("task_type").replace(0, None),
        )
        .sort("task_type", "activated", "domain", descending=[False, True, False], nulls_last=True)
    )
    return fit_schema(frame, _SCHEMA)


DOMAIN_USE: Final = Metric(
    name="domain_use",
    title="Domains activated and skipped",
    summary="Which domains are activated or skipped for which type of task, and where does the money go?",
    function=compute_domain_use,
    queries=("invocations", "skipped_members"),
    needs=("place", "tokens", "cost"),
    reads={"invocations": (*SPEND, "run_id", "task_type", "tier", "domain")},
    grain=("task_type", "domain"),
    value="activated_share",
    unit="share",
    direction="neutral",
    schema=_SCHEMA,
    runs=("n",),
)
