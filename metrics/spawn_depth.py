"""How deep each run spawned, against the limit it had to keep."""

from typing import Final

import polars as pl

from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema

__all__ = ["ASSUMED_SPAWN_LIMIT", "SPAWN_DEPTH", "compute_spawn_depth"]

ASSUMED_SPAWN_LIMIT: Final = 3
"""Deepest tier where neither the run nor the settings name one; passing it is an advice, not a breach."""

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "n": pl.Int64,
    "orphan_agents": pl.Int64,
    "max_depth": pl.Int32,
    "spawn_limit": pl.Int32,
    "limit_source": pl.String,
    "breach": pl.Boolean,
    "over_assumed_limit": pl.Boolean,
    "agents_past_limit": pl.Int64,
    "refused": pl.Int64,
    "max_fan_out": pl.Int64,
}


def compute_spawn_depth(
    runs: pl.DataFrame,
    invocations: pl.DataFrame,
    refusals: pl.DataFrame,
    spawn_limit: int | None = None,
) -> pl.DataFrame:
    """Deepest tier of each run against its limit.

    Args:
        runs: frame of ``queries/runs.sql``.
        invocations: frame of ``queries/invocations.sql``.
        refusals: frame of ``queries/refusals.sql``.
        spawn_limit: deepest allowed tier where a run recorded none.

    Returns:
        One row per run. ``n`` agents with a tier; ``max_depth`` null where there is none. ``limit_source`` is
        recorded, set (by the option) or assumed (3). A depth above a recorded or set limit is a ``breach``; above the
        assumed one only ``over_assumed_limit``. ``refused`` attempts are counted apart: they never ran.
    """
    limit = pl.coalesce("spawn_limit", pl.lit(spawn_limit), pl.lit(ASSUMED_SPAWN_LIMIT)).cast(pl.Int32)
    source = (
        pl.when(pl.col("spawn_limit").is_not_null())
        .then(pl.lit("recorded"))
        .otherwise(pl.lit("assumed" if spawn_limit is None else "set"))
    )
    placed = invocations.filter(pl.col("tier").is_not_null())
    depths = placed.group_by("run_id").agg(
        pl.len().alias("n"), pl.col("tier").max().alias("max_depth"), pl.col("tier").alias("tiers")
    )
    fan_out = (
        placed.filter(pl.col("parent_id").is_not_null())
        .group_by("run_id", "parent_id")
        .len()
        .group_by("run_id")
        .agg(pl.col("len").max().alias("max_fan_out"))
    )
    over = pl.col("max_depth") > pl.col("limit")
    return (
        runs.select("run_id", "label", "orphan_agents", "spawn_limit")
        .with_columns(limit=limit, limit_source=source)
        .join(depths, on="run_id", how="left", maintain_order="left")
        .join(fan_out, on="run_id", how="left", maintain_order="left")
        .join(
            refusals.group_by("run_id").len().rename({"len": "refused"}),
            on="run_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("n", "refused").fill_null(0),
            breach=pl.when(over.is_not_null()).then(over & (pl.col("limit_source") != "assumed")),
            over_assumed_limit=pl.when(over.is_not_null()).then(over & (pl.col("limit_source") == "assumed")),
        )
        .explode("tiers")
        .group_by(pl.exclude("tiers"), maintain_order=True)
        .agg((pl.col("tiers") > pl.col("limit").first()).sum().alias("agents_past_limit"))
        .with_columns(spawn_limit="limit")
        .select(pl.col(name).cast(dtype) for name, dtype in _SCHEMA.items())
    )


SPAWN_DEPTH: Final = Metric(
    name="spawn_depth",
    title="Spawn depth against the limit",
    summary="How deep did each run spawn, and did any agent pass the limit?",
    function=compute_spawn_depth,
    queries=("runs", "invocations", "refusals"),
    needs=("root", "place"),
    reads={"invocations": ("run_id", "parent_id", "tier")},
    grain=("run_id",),
    value="max_depth",
    unit="tiers",
    direction="lower",
    schema=_SCHEMA,
    labels=("label",),
    shown=(
        "label", "n", "max_depth", "spawn_limit", "limit_source", "breach", "over_assumed_limit", "agents_past_limit",
        "refused", "max_fan_out",
    ),
    options={"spawn_limit": "deepest allowed tier where a run recorded none"},
)  # fmt: skip
