"""Frames as the tables of a report: text cells, formatted as everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tierscope.metrics import Metric
from tierscope.metrics.format import format_cell

__all__ = ["Table", "make_metric_table", "make_table"]

_ID_CHARACTERS: Final = 8


@dataclass(frozen=True, slots=True)
class Table:
    """A table, ready to be set."""

    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    """Which columns hold numbers and are set right-aligned."""
    rows: tuple[tuple[str, ...], ...]
    note: str | None = None
    """How many rows are left out, and where they are."""


def make_table(
    frame: pl.DataFrame, columns: Sequence[str], *, units: dict[str, str] | None = None, limit: int, whole: str
) -> Table:
    """Set some columns of a frame.

    Args:
        frame: the rows.
        columns: which of its columns; others are left out.
        units: unit of a column whose name does not tell it.
        limit: most rows to show.
        whole: where all rows are, for the note.
    """
    shown = frame.select(columns).head(limit)
    rows = tuple(
        tuple(_spell(value, name, (units or {}).get(name)) for name, value in zip(columns, row, strict=True))
        for row in shown.iter_rows()
    )
    left_out = shown.height < frame.height
    note = f"Showing {shown.height:,} of {frame.height:,} rows; all are in {whole}." if left_out else None
    headings = tuple(_head(name) for name in columns)
    return Table(headings, tuple(frame.schema[name].is_numeric() for name in columns), rows, note)


def make_metric_table(metric: Metric, frame: pl.DataFrame, *, limit: int, without: Sequence[str] = ()) -> Table:
    """Set a metric's main columns; those that no row fills are left out.

    Args:
        metric: what the frame is of.
        frame: all or some of its rows.
        limit: most rows to show.
        without: columns that the place of the table says already.
    """
    wanted = [*metric.labels, *metric.shown] if metric.shown else frame.columns
    columns = [
        name for name in frame.columns if name in wanted and name not in without and not frame[name].is_null().all()
    ]
    units = {metric.value: metric.unit}
    return make_table(frame, columns, units=units, limit=limit, whole=f"metrics/{metric.name}.parquet")


def _head(column: str) -> str:
    words = column.removesuffix("_id").replace("_", " ")
    for unit in (" ms2", " ms", " usd", " ns"):
        words = words.removesuffix(unit)
    return words


def _spell(value: object, column: str, unit: str | None) -> str:
    text = format_cell(value, column, unit)
    return text.rpartition(":")[2][:_ID_CHARACTERS] if column.endswith("_id") else text
