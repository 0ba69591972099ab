"""One drawing of one page for one reader: where they are, and what they may ask."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl
import streamlit as st

from tierscope.dashboard.address import Address
from tierscope.dashboard.blocks import show_empty, show_note
from tierscope.dashboard.source import Answer, Source
from tierscope.metrics import RunFilter

__all__ = ["Visit", "go"]


@dataclass(slots=True)
class Visit:
    """What a view is given: it asks here, and is told None where there is nothing to draw, which is then said already."""

    source: Source
    address: Address
    runs: RunFilter
    """The runs that the page is about."""
    is_waiting: bool = field(default=False)
    """Whether something on the page is still being computed."""

    def metric(self, name: str, by: Sequence[str] = (), runs: RunFilter | None = None) -> pl.DataFrame | None:
        """Frame of a metric over the page's runs, or over others."""
        return self._take(self.source.ask_metric(name, runs or self.runs, by))

    def frame(self, query: str, runs: RunFilter | None = None) -> pl.DataFrame | None:
        """Frame of a query over the page's runs, or over others."""
        return self._take(self.source.ask_frame(query, runs or self.runs))

    def rows(self, query: str, **parameters: object) -> pl.DataFrame | None:
        """Frame of a query with parameters of its own."""
        return self._take(self.source.ask_rows(query, **parameters))

    def take(self, answer: Answer[pl.DataFrame]) -> pl.DataFrame | None:
        """The frame of an answer; says why where there is none, and remembers to draw again where it is not current."""
        return self._take(answer)

    def _take(self, answer: Answer[pl.DataFrame]) -> pl.DataFrame | None:
        if answer.problem is not None:
            show_empty("This cannot be shown.", answer.problem)
            return None
        if not answer.is_current:
            self.is_waiting = True
            if answer.value is None:
                show_note(f"Being computed for {answer.waiting_s:.0f} s; the page is drawn again when it is done.")
        return answer.value


def go(address: Address, **changes: str | None) -> None:
    """Change the browser's address; the page is drawn again from it."""
    query = {**address.to_query(), **changes}
    st.query_params.from_dict({name: value for name, value in query.items() if value is not None})
