"""Every tier in one row: what a reader compares before reading on."""

from typing import Final

import polars as pl

from tierscope.dashboard.audit.computing import Audited
from tierscope.dashboard.audit.tables import Table, make_table

__all__ = ["make_glance"]

_COLUMNS: Final = {
    "tier_completion": {
        "n": "n",
        "p50_ms": "median_ms",
        "p95_ms": "p95_ms",
        "critical_path_share": "critical_path_share",
    },
    "outcomes": {"failed_share": "failed_share"},
    "model_cost": {"cost_usd": "cost_usd"},
}
"""Metric -> its columns, by what they are called here."""


def make_glance(audited: Audited) -> Table | None:
    """One row for each tier: completion, failures, retention of what comes in, and cost.

    Args:
        audited: every metric over the runs.

    Returns:
        The table; None where no tier was found. A column that nothing was recorded for is left out.
    """
    tiers: pl.DataFrame | None = None
    for name, columns in _COLUMNS.items():
        computed = audited.metrics.get(name)
        if computed is None or computed.tiers is None:
            continue
        found = computed.tiers.drop_nulls("tier").select(
            "tier", *(pl.col(old).alias(new) for old, new in columns.items())
        )
        tiers = found if tiers is None else tiers.join(found, on="tier", how="left", maintain_order="left")
    if tiers is None or tiers.is_empty():
        return None
    tiers = tiers.join(_retention_in(audited), on="tier", how="left", maintain_order="left").sort("tier")
    shown = [name for name in tiers.columns if not tiers[name].is_null().all()]
    return make_table(tiers, shown, limit=tiers.height, whole="metrics/tier_completion.parquet")


def _retention_in(audited: Audited) -> pl.DataFrame:
    """Share of what came into a tier from below that its outputs still hold."""
    frame = audited.frame("synthesis_retention")
    if frame is None:
        return pl.DataFrame(schema={"tier": pl.Int32, "retained_in_share": pl.Float64})
    upper = pl.col("hop").str.extract(r"-> (\d+)$").cast(pl.Int32)
    hops = frame.with_columns(tier=upper).drop_nulls("tier")
    # A tier that is reached from several, as in a ragged tree, has several hops and no one figure.
    single = pl.when(pl.len() == 1).then(pl.col("retained_share").first())
    return hops.group_by("tier").agg(single.alias("retained_in_share"))
