"""Every run at a glance: the figures that matter, what needs attention, and where to look."""

from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import Cell, KeyFigure, show_heading, show_key_figures, show_note, show_section, show_table
from tierscope.dashboard.markup import element
from tierscope.dashboard.theme import tier_name
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_time, format_value

__all__ = ["render_overview"]

_SHOWN_RUNS: Final = 100


def render_overview(visit: Visit) -> None:
    """Key figures, integrity alerts, and the runs."""
    runs = visit.frame("runs")
    if runs is None:
        return
    show_heading("Overview", _lead(runs))
    show_key_figures(_key_figures(visit))
    _show_runs(visit, runs)


def _lead(runs: pl.DataFrame) -> str:
    projects = runs["project"].drop_nulls().unique().sort().to_list()
    recorders = runs["recorder"].drop_nulls().n_unique()
    started = runs["started_ns"].drop_nulls()
    parts = [
        f"{runs.height:,} run{'s' if runs.height != 1 else ''}",
        f"of {', '.join(projects[:3])}{' and others' if len(projects) > 3 else ''}" if projects else None,
        f"recorded in {recorders} way{'s' if recorders != 1 else ''}" if recorders else None,
        f"the newest from {format_time(started[0])} UTC" if len(started) else None,
    ]
    return ", ".join(part for part in parts if part)


def _key_figures(visit: Visit) -> list[KeyFigure]:
    return [figure for figure in (_bottleneck(visit), _depth(visit)) if figure is not None]


def _bottleneck(visit: Visit) -> KeyFigure | None:
    frame = visit.metric("tier_completion")
    if frame is None:
        return None
    link = visit.address.link(view="time")
    found = frame.filter("bottleneck")
    if found.is_empty():
        return KeyFigure("Bottleneck tier", "—", "no tier has two timed invocations", link)
    row = found.row(0, named=True)
    basis = f"sd {format_value(row['sd_ms'], 'ms')}, p95 {format_value(row['p95_ms'], 'ms')}, n={row['n']:,}"
    return KeyFigure("Bottleneck tier", tier_name(row["tier"]), basis, link, "advice")


def _depth(visit: Visit) -> KeyFigure | None:
    frame = visit.metric("spawn_depth")
    if frame is None or frame.is_empty():
        return None
    breaches = frame.filter("breach").height
    row = frame.sort("breach", "max_depth", descending=True, nulls_last=True).row(0, named=True)
    return KeyFigure(
        "Deepest tier",
        format_value(row["max_depth"]),
        f"limit {row['spawn_limit']} ({row['limit_source']}); {breaches:,} of {frame.height:,} runs past it",
        visit.address.link(view="spawning"),
        "alert" if breaches else None,
    )


def _show_runs(visit: Visit, runs: pl.DataFrame) -> None:
    show_section("Runs")
    shown = runs.head(_SHOWN_RUNS)
    show_table(
        ["run", "root agent", "status", "started (UTC)", "duration", "agents", "deepest tier", "tokens in", "tokens out", "cost"],
        [_run(visit, row) for row in shown.iter_rows(named=True)],
        numeric=(4, 5, 6, 7, 8, 9),
    )
    if shown.height < runs.height:
        show_note(f"showing {shown.height:,} of {runs.height:,} runs, the newest; filter in the sidebar")


def _run(visit: Visit, row: dict[str, Any]) -> list[Cell]:
    name = row["label"] or row["run_id"][:12]
    status = element("span", row["status"], class_=f"ts-status {row['status']}")
    return [
        element("a", name, href=visit.address.link(view="run", run=row["run_id"], agent=None)),
        row["root_agent"] or "—",
        status,
        format_time(row["started_ns"]),
        format_value(row["duration_ms"], "ms"),
        format_value(row["agents"]),
        format_value(row["max_depth"]),
        format_value(row["input_tokens"]),
        format_value(row["output_tokens"]),
        format_value(row["cost_usd"], "USD"),
    ]
