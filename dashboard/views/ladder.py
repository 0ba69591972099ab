"""The ladder of retention: what each hop from the leaves to the root passes on."""

from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import show, tier_badge
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.theme import VERDICT_COLOURS
from tierscope.metrics.format import format_interval, format_value
from tierscope.metrics.synthesis_retention import END_TO_END

__all__ = ["show_ladder"]

_SCOPES: Final = {
    "all signals": ("retained", "n"),
    "by salience": ("weighted_retained", "n"),
    "critical": ("critical_retained", "critical_n"),
    "with numbers": ("numeric_retained", "numeric_n"),
}
"""Heading -> (beginning of its columns, column of its n)."""


def show_ladder(hops: pl.DataFrame) -> None:
    """One rung for each hop, the leaves' first, and end to end last.

    Args:
        hops: rows of the metric ``synthesis_retention``, by hop.
    """
    headings = ("hop", "what became of the signals", *_SCOPES, "of the possible", "compression")
    head = element("tr", *(element("th", heading) for heading in headings))
    rungs = [_rung(row) for row in hops.iter_rows(named=True)]
    table = element("table", element("thead", head), element("tbody", *rungs), class_="ts-table ts-ladder")
    show(_legend(), element("div", table, class_="ts-table-frame"))


def _rung(row: dict[str, Any]) -> Markup:
    mark = element("span", "weakest hop", class_="ts-weakest") if row["weakest"] else None
    left_out = f"{row['left_out']:,} not judged: no output was recorded" if row["left_out"] else None
    return element(
        "tr",
        element("td", _hop(row["hop"]), element("p", row["hop_name"] or "", class_="ts-note"), mark),
        element("td", _bar(row), element("p", left_out, class_="ts-note") if left_out else None),
        *(element("td", *_scope(row, column, n)) for column, n in _SCOPES.values()),
        element("td", format_value(row["efficiency_share"], "share"), class_="number"),
        element("td", format_value(row["compression_ratio"], "x"), class_="number"),
        class_="whole" if row["hop"] == END_TO_END else None,
    )


def _hop(hop: str) -> Markup:
    """``2 -> 1`` as two badges; any other name as it is."""
    below, arrow, above = hop.partition(" -> ")
    if not (arrow and below.isdigit() and above.isdigit()):
        return element("strong", hop)
    return element("span", tier_badge(int(below)), " → ", tier_badge(int(above)), class_="ts-hop")


def _bar(row: dict[str, Any]) -> Markup:
    parts: list[Markup] = []
    for verdict, colour in VERDICT_COLOURS.items():
        share = row[f"{verdict}_share"]
        if share:
            text = f"{verdict} {format_value(share, 'share')}"
            parts.append(element("span", title=text, style=f"width:{share * 100:.2f}%;background:{colour}"))
    return element("div", *parts, class_="ts-bar", role="img", aria_label=_spoken(row))


def _spoken(row: dict[str, Any]) -> str:
    return ", ".join(f"{verdict} {format_value(row[f'{verdict}_share'], 'share')}" for verdict in VERDICT_COLOURS)


def _scope(row: dict[str, Any], column: str, n: str) -> tuple[Markup, ...]:
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    interval = None if low is None or high is None else format_interval(low, high, "share")
    return (
        element("strong", format_value(row[f"{column}_share"], "share")),
        *([element("p", interval, class_="ts-note")] if interval else []),
        element("p", f"n={row[n]:,}", class_="ts-note"),
    )


def _legend() -> Markup:
    marks = [
        element("span", element("i", style=f"background:{colour}"), verdict)
        for verdict, colour in VERDICT_COLOURS.items()
    ]
    return element("p", *marks, class_="ts-legend")
