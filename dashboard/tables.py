"""Tables that a reader can put into another order, by a link in each heading, so that a link reopens that order too."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import polars as pl

from tierscope.dashboard.blocks import show, show_note
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_cell

__all__ = ["Cell", "Column", "Row", "figure_column", "show_table"]

Cell: TypeAlias = Markup | str
Row: TypeAlias = dict[str, Any]

_DESCENDING: Final = "-"
"""Stands before the heading in the address."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    heading: str
    cell: Callable[[Row], Cell]
    """What stands in it, given a row of the frame; texts are escaped."""
    key: str | None = None
    """Column of the frame by which a reader can sort; None where there is no order."""
    is_number: bool = False
    """Whether it is set right-aligned, and sorted the largest first."""


def figure_column(heading: str, column: str, unit: str | None = None) -> Column:
    """A column of figures.

    Args:
        heading: what they are.
        column: of the frame; the ending of its name tells the unit.
        unit: as ``format_value`` knows it, where the name does not tell.
    """
    return Column(heading, lambda row: format_cell(row[column], column, unit), column, is_number=True)


def show_table(
    visit: Visit, frame: pl.DataFrame, columns: Sequence[Column], *, shown: int, noun: str, order: str
) -> None:
    """The first rows of a frame, in the order that the address asks for, else in its own.

    Args:
        visit: the page.
        frame: every row.
        columns: from the left.
        shown: at most so many rows; a note says what is left out.
        noun: what the rows are, in the plural.
        order: how the frame is ordered by itself, such as "the newest first".
    """
    asked = visit.address.sort or ""
    descending = asked.startswith(_DESCENDING)
    sorted_by = next((one for one in columns if one.key and one.heading == asked.removeprefix(_DESCENDING)), None)
    if sorted_by is not None and sorted_by.key is not None:
        frame = frame.sort(sorted_by.key, descending=descending, nulls_last=True, maintain_order=True)
        order = f"by {sorted_by.heading}, {'descending' if descending else 'ascending'}"
    head = element("tr", *(_heading(visit, one, descending if one is sorted_by else None) for one in columns))
    body = [
        element("tr", *(element("td", one.cell(row), class_=_align(one)) for one in columns))
        for row in frame.head(shown).iter_rows(named=True)
    ]
    table = element("table", element("thead", head), element("tbody", *body), class_="ts-table")
    show(element("div", table, class_="ts-table-frame"))
    if shown < frame.height:
        show_note(f"showing {shown:,} of {frame.height:,} {noun}, {order}")


def _heading(visit: Visit, column: Column, descending: bool | None) -> Markup:
    """A heading that sorts, the other way round where it already does.

    Args:
        visit: the page.
        column: whose heading.
        descending: None where the table is not sorted by it.
    """
    if column.key is None:
        return element("th", column.heading, class_=_align(column))
    next_descending = column.is_number if descending is None else not descending
    asked = f"{_DESCENDING if next_descending else ''}{column.heading}"
    link = element("a", column.heading, href=visit.address.link(sort=asked), title=f"sort by {column.heading}")
    state = None if descending is None else "descending" if descending else "ascending"
    return element("th", link, class_=_align(column), aria_sort=state)


def _align(column: Column) -> str | None:
    return "number" if column.is_number else None
