"""How deep and how wide runs grew, against their limits."""

from typing import Final

import polars as pl

from tierscope.dashboard.blocks import (
    KeyFigure,
    show_figure,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
    tier_badge,
)
from tierscope.dashboard.figures import render_bars, render_limits
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.tables import Column, Row, figure_column, show_table
from tierscope.dashboard.theme import tier_colour, tier_name
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

__all__ = ["render_spawning"]

_SHOWN_RUNS: Final = 40
_SHOWN_TIERS: Final = 30
_DEEPEST_FIRST: Final = "breaches and the deepest first"
_DEPTHS: Final = {"agents": "n", "deepest tier": "max_depth", "limit": "spawn_limit"}
_EXCESS: Final = {"past the limit": "agents_past_limit", "refused": "refused", "widest fan-out": "max_fan_out"}
"""Heading -> column of the metric ``spawn_depth``."""
_GROWTH: Final = {
    "n": "agents",
    "runs": "runs",
    "agents_per_run": "agents per run",
    "max_agents": "most in a run",
    "growth_ratio": "over the tier above",
    "mean_fan_out": "mean fan-out",
    "max_fan_out": "widest fan-out",
    "storm_agents": "in a spawn storm",
}
"""Column of the metric ``spawn_growth`` -> heading."""


def render_spawning(visit: Visit) -> None:
    """Deepest tier of each run against its limit, refused attempts, and agents by tier."""
    show_heading(
        "Spawning",
        "How deep did runs go, and did any agent pass the limit? A depth above a recorded or set limit is a breach; "
        "above the assumed one it is advice.",
    )
    depths, runs = visit.metric("spawn_depth"), visit.frame("runs")
    if depths is None or runs is None:
        return
    names = {row["run_id"]: name_run(row) for row in runs.iter_rows(named=True)}
    _show_summary(depths)
    _show_depths(visit, depths, names)
    _show_tiers(visit)


def _show_summary(depths: pl.DataFrame) -> None:
    breaches = depths.filter("breach").height
    deepest = depths.sort("max_depth", descending=True, nulls_last=True).row(0, named=True)
    widest = depths.sort("max_fan_out", descending=True, nulls_last=True).row(0, named=True)
    refused = depths.filter(pl.col("refused") > 0)
    show_key_figures(
        [
            KeyFigure(
                "Runs past their limit",
                f"{breaches:,}",
                f"of {format_value(depths.height, 'runs')}",
                severity="alert" if breaches else None,
            ),
            KeyFigure(
                "Deepest tier",
                format_value(deepest["max_depth"]),
                f"limit {deepest['spawn_limit']} ({deepest['limit_source']}), n={format_value(deepest['n'], 'agents')}",
            ),
            KeyFigure("Widest fan-out", format_value(widest["max_fan_out"], "agents"), "below one parent"),
            KeyFigure("Runs with refused attempts", f"{refused.height:,}", f"of {format_value(depths.height, 'runs')}"),
        ]
    )


def _show_depths(visit: Visit, depths: pl.DataFrame, names: dict[str, str]) -> None:
    show_section("Deepest tier of each run", "The dot is the deepest agent, the upright mark the limit.")
    ordered = depths.sort("breach", "max_depth", descending=True, nulls_last=True)
    shown = ordered.head(_SHOWN_RUNS)
    labels = [names[run_id] for run_id in shown["run_id"]]
    show_figure(render_limits(shown, labels), key="limits", alt="deepest tier of each run against its limit")
    if shown.height < depths.height:
        show_note(f"drawn: {shown.height:,} of {depths.height:,} runs, {_DEEPEST_FIRST}")
    show_table(
        visit,
        ordered.with_columns(name=pl.col("run_id").replace_strict(names)),
        [
            Column("run", lambda row: _run(visit, row), "name"),
            *(figure_column(heading, column) for heading, column in _DEPTHS.items()),
            Column("from", lambda row: row["limit_source"], "limit_source"),
            *(figure_column(heading, column) for heading, column in _EXCESS.items()),
        ],
        shown=_SHOWN_RUNS,
        noun="runs",
        order=_DEEPEST_FIRST,
    )


def _run(visit: Visit, row: Row) -> Markup:
    return element("a", row["name"], href=visit.address.link(view="run", run=row["run_id"], agent=None))


def _show_tiers(visit: Visit) -> None:
    show_section("Agents by tier", "Growth that no plan explains, from one tier to the next, is a spawn storm.")
    tiers = visit.metric("spawn_growth")
    if tiers is None:
        return
    shown = tiers.head(_SHOWN_TIERS)
    rows = list(shown.iter_rows(named=True))
    show_figure(
        render_bars(
            [tier_name(row["tier"]) for row in rows],
            shown["n"].to_list(),
            unit="agents",
            title="agents",
            colours=[tier_colour(row["tier"]) for row in rows],
        ),
        key="tiers",
        alt="agent invocations by tier",
    )
    show_table(
        visit,
        tiers,
        [
            Column("tier", lambda row: tier_badge(row["tier"]), "tier"),
            *(figure_column(heading, column) for column, heading in _GROWTH.items()),
        ],
        shown=_SHOWN_TIERS,
        noun="tiers",
        order="from the root down",
    )
