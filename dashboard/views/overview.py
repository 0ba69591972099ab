"""Every run at a glance: the figures that matter, what needs attention, and where to look."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import (
    Cell,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
    show_table,
)
from tierscope.dashboard.markup import element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.views.alerts import list_alerts
from tierscope.dashboard.views.headlines import headlines
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_time, format_value

__all__ = ["render_overview"]

_SHOWN_RUNS: Final = 100
_COLUMNS: Final = ("duration", "agents", "deepest tier", "tokens in", "tokens out", "cost")


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
    _show_runs(visit, runs, _count_alerts(alerts))


def _lead(runs: pl.DataFrame) -> str:
    projects = runs["project"].drop_nulls().unique().sort().to_list()
    started = runs["started_ns"].drop_nulls()
    parts = [
        f"{runs.height:,} run{'' if runs.height == 1 else 's'}",
        f"of {', '.join(projects[:3])}{' and others' if len(projects) > 3 else ''}" if projects else None,
        f"the newest from {format_time(started[0])} UTC" if len(started) else None,
    ]
    return ", ".join(part for part in parts if part)


def _count_alerts(alerts: pl.DataFrame | None) -> dict[str, int]:
    """Run id -> number of kinds of alert; advice is not counted."""
    if alerts is None:
        return {}
    counted = alerts.filter(severity="alert").group_by("run_id").len()
    return dict(counted.iter_rows())


def _show_runs(visit: Visit, runs: pl.DataFrame, alerts: Mapping[str, int]) -> None:
    show_section("Runs")
    shown = runs.head(_SHOWN_RUNS)
    show_table(
        ["run", "status", "alerts", "started (UTC)", *_COLUMNS],
        [_row(visit, run, alerts.get(run["run_id"])) for run in shown.iter_rows(named=True)],
        numeric=(2, *range(4, 4 + len(_COLUMNS))),
    )
    if shown.height < runs.height:
        show_note(f"showing {shown.height:,} of {runs.height:,} runs, the newest first; the sidebar filters them")


def _row(visit: Visit, run: dict[str, Any], alerts: int | None) -> list[Cell]:
    name = run["label"] or run["root_agent"] or run["run_id"][:12]
    below = run["root_agent"] if run["label"] else run["recorder"]
    link = element("a", name, href=visit.address.link(view="run", run=run["run_id"], agent=None))
    return [
        element("div", link, element("p", below or "", class_="ts-note"), class_="ts-named"),
        element("span", run["status"], class_=f"ts-status {run['status']}"),
        element("span", str(alerts), class_="ts-count") if alerts else "",
        format_time(run["started_ns"]),
        format_value(run["duration_ms"], "ms"),
        format_value(run["agents"]),
        format_value(run["max_depth"]),
        format_value(run["input_tokens"]),
        format_value(run["output_tokens"]),
        format_value(run["cost_usd"], "USD"),
    ]
