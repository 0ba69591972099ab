"""One section for each tier: everything that the metrics say about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from tierscope.dashboard.audit.computing import Audited, ComputedMetric
from tierscope.dashboard.audit.quotes import Quotes, collect_quotes
from tierscope.dashboard.audit.tables import Table, make_metric_table
from tierscope.dashboard.theme import tier_colour, tier_name
from tierscope.metrics.synthesis_retention import END_TO_END

__all__ = ["TierPart", "TierSection", "make_tier_sections"]

_SHOWN_ROWS: Final = 15
_FIRST: Final = ("tier_completion",)
_AFTER_RETENTION: Final = ("outcomes", "model_cost")
"""Metrics by tier in the order of the report; further ones follow in the registry's order."""
_ELSEWHERE: Final = frozenset({"coverage"})
"""Has a section of its own, of which a tier is one row."""


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
    quotes: Quotes | None
    """None where nothing was lost, or nothing could be judged."""


def make_tier_sections(audited: Audited) -> list[TierSection]:
    """Sections from the root downwards.

    Args:
        audited: every metric over the runs.
    """
    quotes = collect_quotes(audited)
    found = [computed.tiers["tier"] for computed in audited.metrics.values() if computed.tiers is not None]
    tiers = sorted({tier for column in found for tier in column.drop_nulls().to_list()})
    return [
        TierSection(tier, tier_name(tier), tier_colour(tier), tuple(_make_parts(audited, tier)), quotes.get(tier))
        for tier in tiers
    ]


def _make_parts(audited: Audited, tier: int) -> Iterator[TierPart]:
    by_tier = {name: one for name, one in audited.metrics.items() if one.tiers is not None and name not in _ELSEWHERE}
    first = [name for name in _FIRST if name in by_tier]
    then = [name for name in _AFTER_RETENTION if name in by_tier]
    yield from (_make_part(by_tier[name], tier) for name in first)
    yield from _make_retention_parts(audited, tier)
    yield from (_make_part(by_tier[name], tier) for name in then)
    failed = pl.col("hop").str.starts_with(f"{tier} ->")
    yield from _make_hop_part(audited, "failures", failed, "Failures", "What failed here, and did it stop here?")
    yield from (_make_part(one, tier) for name, one in by_tier.items() if name not in {*first, *then})


def _make_part(computed: ComputedMetric, tier: int) -> TierPart:
    metric, rows = computed.metric, computed.rows_of(tier)
    table = None if rows is None else make_metric_table(metric, rows, limit=_SHOWN_ROWS, without=("tier",))
    return TierPart(metric.title, metric.summary, table)


def _make_retention_parts(audited: Audited, tier: int) -> Iterator[TierPart]:
    """What the tier keeps of what comes in, and what is kept of what it gives out."""
    incoming, outgoing = pl.col("hop").str.ends_with(f"-> {tier}"), pl.col("hop").str.starts_with(f"{tier} ->")
    name = "synthesis_retention"
    yield from _make_hop_part(audited, name, incoming, "Retention in", "How much of what came in is still held?")
    yield from _make_hop_part(
        audited, name, outgoing, "Retention out", "How much of what this tier held is held above?"
    )
    if tier == 0:
        whole = pl.col("hop") == END_TO_END
        question = "How much of what the leaves found reaches the root?"
        yield from _make_hop_part(audited, name, whole, "Retention end to end", question)


def _make_hop_part(audited: Audited, name: str, rows: pl.Expr, title: str, question: str) -> Iterator[TierPart]:
    """The rows of a metric by hop that concern a tier; nothing where there are none."""
    frame = audited.frame(name)
    if frame is not None and len(found := frame.filter(rows)):
        yield TierPart(title, question, make_metric_table(audited.metrics[name].metric, found, limit=_SHOWN_ROWS))
