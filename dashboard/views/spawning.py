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
    show_table,
    tier_badge,
)
from tierscope.dashboard.figures import render_bars, render_limits
from tierscope.dashboard.markup import element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.theme import tier_colour, tier_name
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_cell, format_value

__all__ = ["render_spawning"]

_SHOWN_RUNS: Final = 40
_SHOWN_TIERS: Final = 30
_GROWTH: Final = {
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
                f"limit {deepest['spawn_limit']} ({deepest['limit_source']}), n={deepest['n']:,} agents",
            ),
            KeyFigure("Widest fan-out", format_value(widest["max_fan_out"], "agents"), "below one parent"),
            KeyFigure("Runs with refused attempts", f"{refused.height:,}", f"of {format_value(depths.height, 'runs')}"),
        ]
    )


def _show_depths(visit: Visit, depths: pl.DataFrame, names: dict[str, str]) -> None:
    show_section("Deepest tier of each run", "The dot is the deepest agent, the upright mark the limit.")
    shown = depths.sort("breach", "max_depth", descending=True, nulls_last=True).head(_SHOWN_RUNS)
    labels = [names[run_id] for run_id in shown["run_id"]]
    show_figure(render_limits(shown, labels), key="limits", alt="deepest tier of each run against its limit")
    _say_left_out(shown.height, depths.height, "runs, breaches and the deepest first")
    show_table(
        ["run", "agents", "deepest tier", "limit", "from", "past the limit", "refused", "widest fan-out"],
        [
            [
                element("a", label, href=visit.address.link(view="run", run=row["run_id"], agent=None)),
                *(format_value(row[column]) for column in ("n", "max_depth", "spawn_limit", "limit_source")),
                *(format_value(row[column]) for column in ("agents_past_limit", "refused", "max_fan_out")),
            ]
            for label, row in zip(labels, shown.iter_rows(named=True), strict=True)
        ],
        numeric=(1, 2, 3, 5, 6, 7),
    )


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
            title="agent invocations",
            colours=[tier_colour(row["tier"]) for row in rows],
        ),
        key="tiers",
        alt="agent invocations by tier",
    )
    show_table(
        ["tier", "agents", "runs", *_GROWTH.values()],
        [
            [
                element("span", tier_badge(row["tier"])),
                *(format_value(row[column]) for column in ("n", "runs")),
                *(format_cell(row[column], column) for column in _GROWTH),
            ]
            for row in rows
        ],
        numeric=range(1, 3 + len(_GROWTH)),
    )
    _say_left_out(shown.height, tiers.height, "tiers, from the root down")


def _say_left_out(shown: int, total: int, what: str) -> None:
    if shown < total:
        show_note(f"showing {shown:,} of {total:,} {what}")
