"""One section for each tier: everything that the metrics say about it."""

from dataclasses import dataclass

import polars as pl

from tierscope.dashboard.audit.computing import Audited, ComputedMetric
from tierscope.dashboard.audit.tables import Table, make_metric_table
from tierscope.dashboard.theme import tier_colour, tier_name

__all__ = ["TierPart", "TierSection", "make_tier_sections"]

_SHOWN_ROWS = 15


@dataclass(frozen=True, slots=True)
class TierPart:
    """What one metric says about one tier."""

    title: str
    question: str
    table: Table | None
    """None where the metric has no row for the tier."""


@dataclass(frozen=True, slots=True)
class TierSection:
    """One tier."""

    tier: int
    name: str
    colour: str
    parts: tuple[TierPart, ...]


def make_tier_sections(audited: Audited) -> list[TierSection]:
    """Sections from the root downwards.

    Args:
        audited: every metric over the runs.
    """
    about_tiers = [computed for computed in audited.metrics.values() if computed.tiers is not None]
    found = pl.concat([_tiers_of(computed) for computed in about_tiers]) if about_tiers else pl.Series(dtype=pl.Int32)
    return [
        TierSection(tier, tier_name(tier), tier_colour(tier), tuple(_make_part(one, tier) for one in about_tiers))
        for tier in found.drop_nulls().unique().sort().to_list()
    ]


def _tiers_of(computed: ComputedMetric) -> pl.Series:
    assert computed.tiers is not None  # noqa: S101 - only such metrics are asked
    return computed.tiers["tier"].cast(pl.Int32).alias("tier")


def _make_part(computed: ComputedMetric, tier: int) -> TierPart:
    assert computed.tiers is not None  # noqa: S101 - only such metrics are asked
    rows = computed.tiers.filter(pl.col("tier") == tier)
    table = make_metric_table(computed.metric, rows, limit=_SHOWN_ROWS, without=("tier",)) if len(rows) else None
    return TierPart(computed.metric.title, computed.metric.summary, table)
