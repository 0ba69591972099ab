"""Frames of metrics as terminal tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from tierscope.cli._output import console, print_table
from tierscope.metrics.format import column_units, format_cell
from tierscope.metrics.small_n import note_small_n

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from tierscope.metrics import Metric

SHOWN_ROWS: Final = 20


def print_frames(frames: Iterable[tuple[Metric, pl.DataFrame]]) -> None:
    """Print one table per metric: its main columns, and no more rows than can be read.

    Args:
        frames: metrics with what they computed.
    """
    for metric, frame in frames:
        if frame.is_empty():
            console.print(Text.assemble((metric.title, "bold"), "  no rows\n"))
            continue
        columns = _choose_columns(metric, frame)
        shown = frame.head(SHOWN_ROWS)
        units = column_units(frame.columns)
        rows = [[_cell(row, name, units) for name in columns] for row in shown.iter_rows(named=True)]
        notes = [f"showing {shown.height} of {frame.height} rows"] if shown.height < frame.height else []
        if (small := note_small_n(metric, frame)) is not None:
            notes.append(small)
        print_table([name.replace("_", " ") for name in columns], rows, title=metric.title, note="\n".join(notes))
        console.print()


def _choose_columns(metric: Metric, frame: pl.DataFrame) -> list[str]:
    """The metric's main columns in their order, behind those that the rows were grouped by."""
    if not metric.shown:
        return metric.pick_shown(frame.columns)
    groups = [name for name in frame.columns if name in metric.by and name not in (*metric.schema, *metric.shown)]
    return [*groups, *(name for name in metric.shown if name in frame.columns)]


def _cell(row: Mapping[str, object], column: str, units: Mapping[str, str]) -> str:
    """A figure as everywhere; an id only as long as it takes to tell it from others, also where a label is missing."""
    value = row[column]
    if column == "label" and value is None:
        column, value = "run_id", row.get("run_id")
    if column.endswith("_id") and isinstance(value, str):
        return value.rpartition(":")[2][:8]
    return format_cell(value, column, units.get(column))
