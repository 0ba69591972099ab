"""How the tree grows from tier to tier, and whether it grows as planned."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.metrics.forest import RUN_COLUMNS, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema
from tierscope.metrics.spawn_storm import find_storms

__all__ = ["SPAWN_GROWTH", "compute_spawn_growth"]

_STATISTICS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "agents_per_run": pl.Float64,
    "max_agents": pl.Int64,
    "growth_ratio": pl.Float64,
    "mean_fan_out": pl.Float64,
    "max_fan_out": pl.Int64,
    "storm_agents": pl.Int64,
}


def compute_spawn_growth(invocations: pl.DataFrame, by: Sequence[str] = ("tier",)) -> pl.DataFrame:
    """Agents and fan-out of each tier.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        by: columns that make a group.

    Returns:
        One row per group. ``n`` agents; ``agents_per_run`` over the runs that have any in the group, ``max_agents`` of
        one run. ``growth_ratio`` is agents of the group over the agents one tier above in the same runs and group,
        null at the root. Fan-out is members per agent that has any; null at tiers without. ``storm_agents`` belong to
        what ``alerts`` calls a spawn storm.
    """
    keys = list(by)
    placed = invocations.filter(pl.col("tier").is_not_null())
    storm = pl.DataFrame(
        [(one.run_id, id_) for one in find_storms(placed) for id_ in one.agents],
        schema={"run_id": pl.String, "invocation_id": pl.String},
        orient="row",
    ).with_columns(in_storm=pl.lit(1))
    members = placed.group_by("run_id", pl.col("parent_id").alias("invocation_id")).agg(fan_out=pl.len())
    facts = placed.join(members, on=["run_id", "invocation_id"], how="left").join(
        storm, on=["run_id", "invocation_id"], how="left"
    )
    runs = list(dict.fromkeys([*keys, "run_id"]))
    per_run = facts.group_by(runs).agg(
        agents=pl.len(),
        above=pl.col("parent_id").drop_nulls().n_unique(),
        parents=pl.col("fan_out").count(),
        fan_out=pl.col("fan_out").sum(),
        max_fan_out=pl.col("fan_out").max(),
        storm_agents=pl.col("in_storm").sum(),
    )
    frame = per_run.group_by(keys).agg(
        n=pl.col("agents").sum(),
        runs=pl.col("run_id").n_unique(),
        agents_per_run=pl.col("agents").sum() / pl.col("run_id").n_unique(),
        max_agents=pl.col("agents").max(),
        growth_ratio=pl.col("agents").sum() / pl.col("above").sum().replace(0, None),
        mean_fan_out=pl.col("fan_out").sum() / pl.col("parents").sum().replace(0, None),
        max_fan_out=pl.col("max_fan_out").max(),
        storm_agents=pl.col("storm_agents").sum(),
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _STATISTICS.items())).sort(
        keys, nulls_last=True
    )


SPAWN_GROWTH: Final = Metric(
    name="spawn_growth",
    title="Growth of the tree by tier",
    summary="How many agents does each tier have, how many members has each agent, and does the tree run away?",
    function=compute_spawn_growth,
    queries=("invocations",),
    needs=("place",),
    reads={"invocations": (*TREE, "agent")},
    grain=("tier",),
    value="agents_per_run",
    unit="agents",
    direction="neutral",
    schema={"tier": pl.Int32, **_STATISTICS},
    by=("tier", "role", "domain", "agent", *RUN_COLUMNS),
)
