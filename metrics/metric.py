"""What a metric is: a name, the queries it reads, a pure function, and how to read its frame."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import polars as pl

from tierscope.metrics.schema import Schema

Direction: TypeAlias = Literal["lower", "higher", "neutral"]
"""Which way is better."""
Fact: TypeAlias = Literal["root", "place", "ended", "times", "order_in_time", "input", "output", "tokens", "cost"]
"""What must have been recorded of a run (its root) or of an agent, for it to be counted."""
LEFT_OUT_WHY: Final = "left_out_why"
"""Column in which a frame of ``compute`` says what it leaves out and why."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row of the registry."""

    name: str
    title: str
    summary: str
    """The question it answers, in one sentence."""
    function: Callable[..., pl.DataFrame]
    """Pure: takes the frames of ``queries`` by name, and the metric's own options; returns its frame."""
    queries: tuple[str, ...]
    """Files in ``metrics/queries``, without the ending."""
    grain: tuple[str, ...]
    """Columns of which one combination is one row."""
    value: str
    """Column of the key figure: what a chart draws and a check compares unless told otherwise."""
    unit: str
    direction: Direction
    schema: Schema
    """Columns that ``function`` returns, in order. Every frame has ``n``, what the row's figures rest on."""
    needs: tuple[Fact, ...] = ()
    """Facts without which an agent or a run is left out; the frame of ``compute`` says how many were, in a last column
    ``left_out_why``."""
    reads: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Query -> columns that ``function`` reads of it, beside those in ``by``; all of a query that is not named. What is
    not read is not fetched, which is what keeps a metric over millions of invocations in memory."""
    options: Mapping[str, str] = field(default_factory=dict[str, str])
    """Keyword options of ``function`` -> what each does."""
    by: tuple[str, ...] = ()
    """Columns that may replace the grain through the option ``by``; empty where the grain is fixed."""
    shown: tuple[str, ...] = ()
    """Columns that a terminal table shows; all where empty."""
    runs: tuple[str, ...] = ("runs",)
    """Columns that say on how many runs a row rests, where it may rest on several; the least of them counts."""
    labels: tuple[str, ...] = ()
    """Columns that name a row to a person, where the grain is ids; the grain where empty."""

    @property
    def frame_schema(self) -> Schema:
        """Columns of the frame that ``compute`` returns, in order."""
        return {**self.schema, LEFT_OUT_WHY: pl.String} if self.needs else self.schema

    def pick_shown(self, columns: Iterable[str]) -> list[str]:
        """Columns of a frame that a table of it shows: the main ones, else all but what it leaves out, a note to it."""
        return [name for name in columns if (name in self.shown if self.shown else name != LEFT_OUT_WHY)]
