"""Frames as the tables of a report: text cells, formatted as everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import polars as pl

from tierscope.metrics import Metric
from tierscope.metrics.format import column_units, format_cell, format_interval
from tierscope.metrics.left_out import note_left_out
from tierscope.metrics.small_n import note_small_n

__all__ = ["Kind", "Table", "make_metric_table", "make_table", "shorten"]

Kind: TypeAlias = Literal["number", "id", "text"]
"""How a column is set: right-aligned, unbroken, or as prose."""

_ID_CHARACTERS: Final = 8
_CHARACTERS: Final = 600
_UNITS_IN_CELLS: Final = (" ms2", " ms", " usd", " ns")
"""Endings of names that the cells say already."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table, ready to be set."""

    headings: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str | None = None
    """How many rows are left out, and where they are; what the figures leave out, and why."""


def make_table(
    frame: pl.DataFrame, columns: Sequence[str], *, units: dict[str, str] | None = None, limit: int, whole: str
) -> Table:
    """Set some columns of a frame; the two ends of an interval become one column.

    Args:
        frame: the rows.
        columns: which of its columns; others are left out.
        units: unit of a column whose name does not tell it.
        limit: most rows to show.
        whole: where all rows are, for the note.
    """
    shown = frame.head(limit)
    known = column_units(columns) | (units or {})
    set_columns = [_set_column(shown, name, known) for name in columns if not _is_upper_end(name, columns)]
    note = f"Showing {len(shown):,} of {len(frame):,} rows; all are in {whole}." if len(shown) < len(frame) else None
    return Table(
        headings=tuple(heading for heading, _, _ in set_columns),
        kinds=tuple(kind for _, kind, _ in set_columns),
        rows=tuple(zip(*(cells for _, _, cells in set_columns), strict=True)),
        note=note,
    )


def make_metric_table(metric: Metric, frame: pl.DataFrame, *, limit: int, without: Sequence[str] = ()) -> Table:
    """Set a metric's main columns; those that no row fills are left out, and the note says what the figures leave out.

    Args:
        metric: what the frame is of.
        frame: all or some of its rows.
        limit: most rows to show.
        without: columns that the place of the table says already.
    """
    wanted = {*metric.labels, *metric.pick_shown(frame.columns)}
    columns = [
        name for name in frame.columns if name in wanted and name not in without and not frame[name].is_null().all()
    ]
    table = make_table(
        frame, columns, units={metric.value: metric.unit}, limit=limit, whole=f"metrics/{metric.name}.parquet"
    )
    notes = [one for one in (table.note, note_small_n(metric, frame), note_left_out(frame)) if one is not None]
    return replace(table, note=" ".join(notes) or None)


def _is_upper_end(column: str, columns: Sequence[str]) -> bool:
    return column.endswith("_high") and f"{column.removesuffix('_high')}_low" in columns


def _set_column(frame: pl.DataFrame, column: str, units: dict[str, str]) -> tuple[str, Kind, list[str]]:
    """Heading, kind and cells of a column."""
    upper = f"{column.removesuffix('_low')}_high"
    if column.endswith("_low") and upper in frame.columns:
        ends = zip(frame[column], frame[upper], strict=True)
        return "95 % interval", "number", [format_interval(low, high, units.get(column, "")) for low, high in ends]
    cells = [format_cell(value, column, units.get(column)) for value in frame[column]]
    if column.endswith("_id"):
        return _head(column), "id", [text.rpartition(":")[2][:_ID_CHARACTERS] for text in cells]
    return _head(column), "number" if frame.schema[column].is_numeric() else "text", [shorten(text) for text in cells]


def shorten(text: str) -> str:
    """Recorded text as a page can hold it; the whole is in the frames beside the report."""
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}…"


def _head(column: str) -> str:
    words = column.removesuffix("_id").replace("_", " ")
    for unit in _UNITS_IN_CELLS:
        words = words.removesuffix(unit)
    return words
