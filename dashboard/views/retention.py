"""What of the leaves' information reaches the root, and which synthesis loses it."""

from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import (
    KeyFigure,
    Severity,
    show_empty,
    show_figure,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
)
from tierscope.dashboard.choices import choose
from tierscope.dashboard.figures import render_intervals
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.views.ladder import show_ladder
from tierscope.dashboard.views.signals import show_signals
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_interval, format_value
from tierscope.metrics.synthesis_retention import END_TO_END

__all__ = ["render_retention"]

_GROUPS: Final = {"domain": "by domain", "from_agent": "by leaf", "label": "by run", "version": "by version"}
_SHOWN_GROUPS: Final = 30


def render_retention(visit: Visit) -> None:
    """Ladder from the leaves to the root, shares by group, and the signals with both texts side by side."""
    show_heading(
        "Retention",
        "Each synthesis is a compression step. Which hop loses most, and what exactly did it lose? A hop is judged "
        "on the signals that its child still held.",
    )
    by = visit.address.by if visit.address.by in _GROUPS else "domain"
    # All are asked for before the first is drawn, so that they wait for each other only once.
    hops = visit.metric("synthesis_retention")
    fates = visit.metric("signal_fates", quiet=True)
    groups = visit.metric("synthesis_retention", by=(by,), quiet=True)
    runs = visit.frame("runs")
    if hops is None or runs is None:
        return
    if hops.is_empty():
        show_empty(
            "No signal can be followed in these runs.",
            "Retention needs the outputs of agents on at least two tiers: record content "
            "(capture_content=True), or choose other runs.",
        )
        return
    show_key_figures(_key_figures(hops))
    show_section(
        "Ladder from the leaves to the root",
        f"Scored by the {hops['scorer'][0]} scorer; 95 % intervals. Of the possible: what was retained, over the most "
        "that any text of that length could retain.",
    )
    show_ladder(hops)
    _show_groups(visit, groups, by)
    show_section(
        "Signals, and what the synthesis says instead",
        "Critical ones first, then the most salient, and of these what is furthest from anything that is said above.",
    )
    if fates is None:
        show_note("Being computed; the page is drawn again when it is done.")
    else:
        show_signals(visit, fates, {row["run_id"]: name_run(row) for row in runs.iter_rows(named=True)})


def _key_figures(hops: pl.DataFrame) -> list[KeyFigure]:
    whole = hops.filter(hop=END_TO_END)
    weakest = hops.filter("weakest")
    figures = [
        _share("Weakest hop", row, f"{row['hop_name'] or row['hop']}: ", "advice") for row in weakest.to_dicts()[:1]
    ]
    for row in whole.to_dicts():
        figures.append(_share("Reaches the root", row, "of all signals: "))
        kept = row["critical_retained_share"]
        figures.append(
            KeyFigure(
                "Critical at the root",
                format_value(kept, "share"),
                f"of {format_value(row['critical_n'], 'critical signals')}",
                severity="alert" if kept is not None and kept < 1 else None,
            )
        )
        figures.append(
            KeyFigure(
                "Distorted at the root",
                format_value(row["distorted_share"], "share"),
                f"n={format_value(row['n'], 'signals')}",
            )
        )
    return figures


def _share(title: str, row: dict[str, Any], what: str, severity: Severity | None = None) -> KeyFigure:
    interval = format_interval(row["retained_low"], row["retained_high"], "share")
    basis = f"{what}{interval}, n={row['n']:,}"
    return KeyFigure(title, format_value(row["retained_share"], "share"), basis, severity=severity)


def _show_groups(visit: Visit, frame: pl.DataFrame | None, by: str) -> None:
    show_section("From leaf to root, by group")
    choose(visit, "by", "Group by", _GROUPS, by, in_a_row=True)
    if frame is None:
        show_note("Being computed; the page is drawn again when it is done.")
        return
    shown = frame.sort("retained_share", nulls_last=True, maintain_order=True).head(_SHOWN_GROUPS)
    figure = render_intervals(
        [str(value) if value is not None else "(none)" for value in shown[by]],
        shown["retained_share"].to_list(),
        list(shown.select("retained_low", "retained_high").iter_rows()),
        shown["n"].to_list(),
        "signals retained at the root, with 95 % interval",
    )
    show_figure(figure, key="retention-groups", alt=f"signals retained at the root, {_GROUPS[by]}")
    if shown.height < frame.height:
        show_note(f"showing {shown.height:,} of {frame.height:,} groups, the lowest first")
