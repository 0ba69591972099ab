"""The sidebar: the views, the run, the filters, and what store this is."""

from typing import Final

import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import show
from tierscope.dashboard.choices import choose
from tierscope.dashboard.login import SESSION_COOKIE
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.views import VIEWS
from tierscope.dashboard.visit import Visit
from tierscope.metrics import RunFilter
from tierscope.metrics.format import format_value

__all__ = ["show_sidebar"]

_EVERY: Final = ""
_TIMES: Final = {_EVERY: "any time", "1h": "in the last hour", "1d": "in the last day", "1w": "in the last week"}


def show_sidebar(visit: Visit) -> tuple[int, int] | None:
    """Draw the sidebar.

    Returns:
        How many runs are stored, and how many of them the filters, leaving the chosen run aside, let through; None
        where that is not known yet.
    """
    with st.sidebar:
        show(_brand(visit))
        show(_navigation(visit))
        if not visit.source.store.exists:
            return 0, 0
        everything = visit.frame("runs", RunFilter())
        if everything is None:
            return None
        runs = visit.frame("runs", visit.address.without_run().run_filter())
        if runs is not None and not everything.is_empty():
            _choose_run(visit, runs)
            _choose_filters(visit, everything)
        show(_store(visit, runs, everything))
        if SESSION_COOKIE in st.context.cookies:
            show(element("a", "Log out", href="/logout", class_="ts-logout"))
    return None if runs is None else (everything.height, runs.height)


def _brand(visit: Visit) -> Markup:
    return element("a", "tierscope", class_="ts-brand", href=visit.address.link(view="overview", agent=None))


def _navigation(visit: Visit) -> Markup:
    here = visit.address.view
    return element(
        "nav",
        *(
            element("a", view.title, href=visit.address.link(view=name), class_="here" if name == here else None)
            for name, view in VIEWS.items()
        ),
        class_="ts-nav",
    )


def _choose_run(visit: Visit, runs: pl.DataFrame) -> None:
    every = "newest run" if visit.address.view == "run" else f"all {format_value(runs.height, 'runs')}"
    labels = {_EVERY: every, **{row["run_id"]: name_run(row) for row in runs.iter_rows(named=True)}}
    current = visit.address.run or _EVERY
    labels.setdefault(current, current)
    choose(visit, "run", "Run", labels, current, agent=None)


def _choose_filters(visit: Visit, everything: pl.DataFrame) -> None:
    columns = {"project": "Project", "version": "Version", "task": "Task type"}
    for parameter, title in columns.items():
        column = "task_type" if parameter == "task" else parameter
        values = everything[column].drop_nulls().unique().sort()
        labels = {_EVERY: "any", **{value: value for value in values}}
        current = getattr(visit.address, parameter) or _EVERY
        labels.setdefault(current, current)
        if len(values) > 1 or current:
            choose(visit, parameter, title, labels, current)
    since = visit.address.since or _EVERY
    labels = dict(_TIMES)
    labels.setdefault(since, f"since {since}")
    choose(visit, "since", "Started", labels, since)


def _store(visit: Visit, runs: pl.DataFrame | None, everything: pl.DataFrame) -> Markup:
    running = 0 if runs is None else runs.filter(pl.col("status") == "running").height
    live = element("span", class_="ts-live on" if running else "ts-live")
    counted = (
        format_value(everything.height, "runs")
        if runs is None
        else f"{runs.height:,} of {format_value(everything.height, 'runs')}"
    )
    return element(
        "div",
        element("div", live, f"{running} running now" if running else "following the store"),
        element("div", counted),
        element("div", visit.source.store.path.name, title=str(visit.source.store.path)),
        class_="ts-store",
    )
