"""One run: its tree and its timeline by tier, and the agent that was clicked."""

from typing import Any

import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import (
    KeyFigure,
    show_empty,
    show_figure,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
)
from tierscope.dashboard.components import show_waterfall
from tierscope.dashboard.components.waterfall import describe_waterfall
from tierscope.dashboard.figures import choose_bars, render_timeline
from tierscope.dashboard.navigation import go
from tierscope.dashboard.views.agent import show_agent
from tierscope.dashboard.views.alerts import list_alerts
from tierscope.dashboard.visit import Visit
from tierscope.metrics import RunFilter
from tierscope.metrics.format import format_time, format_value

__all__ = ["render_run"]


def render_run(visit: Visit) -> None:
    """Tree with bars of time on the left, the chosen agent on the right, the timeline by tier below."""
    runs = visit.frame("runs")
    if runs is None or runs.is_empty():
        return
    run = runs.row(0, named=True)
    only = RunFilter(runs=(run["run_id"],))
    invocations = visit.frame("invocations", only)
    if invocations is None:
        return
    show_heading(run["label"] or run["root_agent"] or run["run_id"][:12], _lead(run))
    show_key_figures(_key_figures(run))
    if invocations.is_empty():
        show_empty(
            "No agent was recognised in this run.",
            f"Its {run['spans']:,} spans are stored. Name your agents as docs/conventions.md says.",
        )
        return
    alerts = visit.metric("alerts", runs=only, quiet=True)
    if alerts is not None and not alerts.is_empty():
        list_alerts(visit, alerts, {})
    _show_tree(visit, run, invocations)
    _show_timeline(visit, invocations)


def _lead(run: dict[str, Any]) -> str:
    parts = [
        f"run {run['run_id'][:12]}",
        run["status"],
        f"started {format_time(run['started_ns'])} UTC" if run["started_ns"] is not None else "no times were recorded",
        f"recorded by {run['recorder']}" if run["recorder"] else None,
        f"project {run['project']}" if run["project"] else None,
        f"version {run['version']}" if run["version"] else None,
        f"{format_value(run['simulated_share'], 'share')} of the time is simulated waiting"
        if run["simulated_share"]
        else None,
    ]
    return " · ".join(part for part in parts if part)


def _key_figures(run: dict[str, Any]) -> list[KeyFigure]:
    limit = "no limit recorded" if run["spawn_limit"] is None else f"limit {run['spawn_limit']}"
    orphans = f", {run['orphan_agents']:,} without a tier" if run["orphan_agents"] else ""
    tokens = "no tokens were recorded"
    if run["input_tokens"] is not None or run["output_tokens"] is not None:
        tokens = f"tokens: {format_value(run['input_tokens'])} in, {format_value(run['output_tokens'])} out"
    timed = "no times were recorded" if run["duration_ms"] is None else "from first start to last end"
    return [
        KeyFigure("Duration", format_value(run["duration_ms"], "ms"), timed),
        KeyFigure(
            "Agents",
            f"{run['agents']:,}",
            f"in {format_value(run['spans'], 'spans')} of {format_value(run['traces'], 'traces')}{orphans}",
        ),
        KeyFigure("Deepest tier", format_value(run["max_depth"]), limit),
        KeyFigure("Cost", format_value(run["cost_usd"], "USD"), tokens),
    ]


def _show_tree(visit: Visit, run: dict[str, Any], invocations: pl.DataFrame) -> None:
    selected = _selected(visit, invocations)
    described = visit.ask(("waterfall", run["run_id"]), lambda _: describe_waterfall(run["run_id"], invocations))
    left, right = st.columns([1.55, 1], gap="medium")
    with left:
        show_section("Tree and times", "Click an agent to read what it was given and what it made of it.")
        if described is not None:
            show_waterfall(described, selected, lambda picked: go(visit.address, run=run["run_id"], agent=picked))
    with right:
        show_agent(visit, selected)


def _selected(visit: Visit, invocations: pl.DataFrame) -> str:
    """The agent that the address names, else the root."""
    ids: list[str] = invocations["invocation_id"].to_list()
    asked = visit.address.agent
    return asked if asked is not None and asked in ids else ids[0]


def _show_timeline(visit: Visit, invocations: pl.DataFrame) -> None:
    show_section("Timeline by tier", "Each band is a tier; a gap between members' ends and their parent's is waiting.")
    timed = invocations.filter(pl.col("duration_ms").is_not_null())
    if timed.is_empty():
        show_empty(
            "This run has no times.",
            "Its source recorded none, as imported report folders do; tree, texts and retention are not affected.",
        )
        return
    shown = choose_bars(timed)

    def pick(invocation_id: str) -> None:
        go(visit.address, run=invocations["run_id"][0], agent=invocation_id)

    show_figure(render_timeline(shown), "timeline", "when each agent was at work, by tier", pick)
    left_out = invocations.height - timed.height
    if shown.height < timed.height:
        show_note(
            f"showing {shown.height:,} of {timed.height:,} agents, the longest of each tier; the tree above has all"
        )
    if left_out:
        show_note(f"{left_out:,} of {invocations.height:,} agents have no times")
