"""Every run at a glance: the figures that matter, what needs attention, and where to look."""

from typing import Final

import polars as pl

from tierscope.dashboard.blocks import show_heading, show_key_figures, show_section
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.tables import Cell, Column, Row, figure_column, show_table
from tierscope.dashboard.views.alerts import list_alerts
from tierscope.dashboard.views.headlines import headlines
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_time, format_value

__all__ = ["render_overview"]

_SHOWN_RUNS: Final = 100
_FIGURES: Final = {
    "duration": "duration_ms",
    "agents": "agents",
    "deepest tier": "max_depth",
    "tokens in": "input_tokens",
    "tokens out": "output_tokens",
    "cost": "cost_usd",
}
"""Heading -> column of ``queries/runs.sql``."""


def render_overview(visit: Visit) -> None:
    """Key figures, integrity alerts, and the runs."""
    runs = visit.frame("runs")
    if runs is None:
        return
    show_heading("Overview", _lead(runs))
    show_key_figures(headlines(visit))
    alerts = visit.metric("alerts")
    if alerts is not None:
        show_section("Integrity alerts", "What a person should look at before trusting a result.")
        list_alerts(visit, alerts, {row["run_id"]: name_run(row) for row in runs.iter_rows(named=True)})
    _show_runs(visit, runs, alerts)


def _lead(runs: pl.DataFrame) -> str:
    projects = runs["project"].drop_nulls().unique().sort().to_list()
    started = runs["started_ns"].drop_nulls()
    of = f" of {', '.join(projects[:3])}{' and others' if len(projects) > 3 else ''}" if projects else ""
    newest = f", the newest from {format_time(started[0])} UTC" if len(started) else ""
    return f"{format_value(runs.height, 'runs')}{of}{newest}"


def _show_runs(visit: Visit, runs: pl.DataFrame, alerts: pl.DataFrame | None) -> None:
    show_section("Runs")
    named = runs.with_columns(name=pl.coalesce("label", "root_agent", pl.col("run_id").str.head(12)))
    show_table(
        visit,
        _count_alerts(named, alerts),
        [
            Column("run", lambda row: _name(visit, row), "name"),
            Column("status", lambda row: element("span", row["status"], class_=f"ts-status {row['status']}"), "status"),
            Column("alerts", _alerts, "alerts", is_number=True),
            Column("started (UTC)", lambda row: format_time(row["started_ns"]), "started_ns"),
            *(figure_column(heading, column) for heading, column in _FIGURES.items()),
        ],
        shown=_SHOWN_RUNS,
        noun="runs",
        order="the newest first; the sidebar filters them",
    )


def _count_alerts(runs: pl.DataFrame, alerts: pl.DataFrame | None) -> pl.DataFrame:
    """Each run with its number of kinds of alert; null where it has none, or they are not known yet. No advice."""
    if alerts is None:
        return runs.with_columns(alerts=pl.lit(None, pl.UInt32))
    counted = alerts.filter(severity="alert").group_by("run_id").agg(alerts=pl.len())
    return runs.join(counted, on="run_id", how="left", maintain_order="left")


def _name(visit: Visit, row: Row) -> Markup:
    below = row["root_agent"] if row["label"] else row["recorder"]
    link = element("a", row["name"], href=visit.address.link(view="run", run=row["run_id"], agent=None))
    return element("div", link, element("p", below or "", class_="ts-note"), class_="ts-named")


def _alerts(row: Row) -> Cell:
    return element("span", str(row["alerts"]), class_="ts-count") if row["alerts"] else ""
