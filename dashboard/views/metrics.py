"""Every metric of the registry, with a figure and a table that fit any of them."""

from collections.abc import Sequence
from typing import Final

import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import show_empty, show_figure, show_heading, show_note
from tierscope.dashboard.choices import choose
from tierscope.dashboard.figures import render_bars
from tierscope.dashboard.tables import Column, Row, show_table
from tierscope.dashboard.theme import ACCENT, tier_colour
from tierscope.dashboard.visit import Visit
from tierscope.metrics import Metric, explain_left_out, load_registry
from tierscope.metrics.format import column_units, format_cell
from tierscope.metrics.left_out import note_left_out
from tierscope.metrics.small_n import note_small_n

__all__ = ["render_metrics"]

_SHOWN_BARS: Final = 30
_SHOWN_ROWS: Final = 200
_SHOWN_CHARACTERS: Final = 600


def render_metrics(visit: Visit) -> None:
    """One metric: its figure, its rows, and all rows as a file."""
    registry = load_registry()
    metric = registry.get(visit.address.metric or "") or next(iter(registry.values()))
    show_heading("All metrics", "Every metric that is registered, those of installed packages too.")
    choose(visit, "metric", "Metric", {one.name: one.title for one in registry.values()}, metric.name)
    show_note(metric.summary)
    frame = visit.metric(metric.name)
    if frame is None:
        return
    if frame.is_empty():
        show_empty(f"No rows for {metric.title}.", _explain_no_rows(visit, metric))
        return
    _show_figure(metric, frame)
    _show_rows(visit, metric, frame)
    for note in (note_small_n(metric, frame), note_left_out(frame)):
        if note is not None:
            show_note(note)


def _explain_no_rows(visit: Visit, metric: Metric) -> str:
    """What the runs shown lack of what a metric rests on, where that may be why it has no row."""
    store, runs = visit.source.store, visit.runs
    lacking = visit.ask(("left out", metric.name, runs), lambda _: explain_left_out(metric.name, store, runs))
    if lacking:
        return f"Left out: {'; '.join(one.sentence for one in lacking)}."
    return "There is nothing of the kind in the runs shown."


def _show_figure(metric: Metric, frame: pl.DataFrame) -> None:
    """Bars of the key figure; where there are too many, the ones to look at first."""
    worst_first = metric.direction != "higher"
    shown = frame.sort(metric.value, descending=worst_first, nulls_last=True) if frame.height > _SHOWN_BARS else frame
    shown = shown.head(_SHOWN_BARS)
    keys = [key for key in metric.labels or metric.grain if frame[key].n_unique() > 1] or metric.grain
    tiers = shown["tier"].to_list() if "tier" in shown.columns else None
    show_figure(
        render_bars(
            [_label(row, keys) for row in shown.select(keys).iter_rows(named=True)],
            shown[metric.value].cast(pl.Float64, strict=False).to_list(),
            unit=metric.unit,
            title=metric.unit if metric.value == "n" else metric.value.replace("_", " "),
            counts=shown["n"].to_list(),
            colours=[tier_colour(tier) for tier in tiers] if tiers else [ACCENT] * shown.height,
        ),
        key=f"metric-{metric.name}",
        alt=metric.title,
    )
    if shown.height < frame.height:
        which = "highest" if worst_first else "lowest"
        show_note(f"showing {shown.height:,} of {frame.height:,} rows, the {which} first")


def _label(row: dict[str, object], keys: Sequence[str]) -> str:
    return " · ".join(
        f"tier {row[key]}" if key == "tier" else str(row[key])[:40] for key in keys if row[key] is not None
    )


def _show_rows(visit: Visit, metric: Metric, frame: pl.DataFrame) -> None:
    columns = metric.pick_shown(frame.columns)
    units = column_units(frame.columns)
    show_table(
        visit,
        frame,
        [_column(name, frame.schema[name], units.get(name)) for name in columns],
        shown=_SHOWN_ROWS,
        noun="rows",
        order="as they were computed; the file has all",
    )
    # CSV has no lists.
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    flat = frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)
    st.download_button(
        "Download all rows as CSV", lambda: flat.write_csv(), f"{metric.name}.csv", "text/csv", on_click="ignore"
    )


def _column(name: str, kind: pl.DataType, unit: str | None) -> Column:
    def cell(row: Row) -> str:
        text = format_cell(row[name], name, unit)
        return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"

    return Column(
        name.replace("_", " "),
        cell,
        key=None if kind.is_nested() else name,
        is_number=kind.is_numeric(),
    )
