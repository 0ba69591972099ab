"""What rests on so little that a reader must be told before they conclude from it."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from tierscope.metrics.metric import Metric

__all__ = ["FEW_RUNS", "FEW_VALUES", "note_small_n"]

FEW_RUNS: Final = 5
"""With fewer runs a figure tells of these runs rather than of the system."""
FEW_VALUES: Final = 30
"""With fewer values the 95th and the 99th percentile are little more than the largest."""
_TAILS: Final = ("p95_ms", "p99_ms")


def note_small_n(metric: Metric, frame: pl.DataFrame) -> str | None:
    """Say which of a frame's rows rest on few runs, or on few values for what they state.

    Args:
        metric: what the frame is of.
        frame: what ``compute`` returned, or some rows of it.

    Returns:
        A sentence or two; None where nothing needs to be said. Rows that are about single runs are no aggregates.
    """
    if not {"run_id", "label"}.isdisjoint(frame.columns):
        return None
    notes = [*_few_runs(metric, frame), *_few_values(frame), *_without_interval(frame)]
    return f"Small n: {'; '.join(notes)}." if notes else None


def _few_runs(metric: Metric, frame: pl.DataFrame) -> Iterator[str]:
    counts = [name for name in metric.runs if name in frame.columns]
    if counts and (few := frame.filter(pl.min_horizontal(counts).is_between(0, FEW_RUNS, closed="none")).height):
        yield f"{few} of {frame.height} rows rest on fewer than {FEW_RUNS} runs"


def _few_values(frame: pl.DataFrame) -> Iterator[str]:
    tails = [name for name in _TAILS if name in frame.columns]
    if tails and (few := frame.filter(pl.col("n").is_between(0, FEW_VALUES, closed="none")).height):
        told = "p95 and p99 are little more than the maximum"
        yield f"{few} of {frame.height} rows have an n below {FEW_VALUES}, of which {told}"


def _without_interval(frame: pl.DataFrame) -> Iterator[str]:
    lacking: dict[int, list[str]] = {}
    for low in (name for name in frame.columns if name.endswith("_low")):
        stem = low.removesuffix("_low")
        value = f"{stem}_share" if f"{stem}_share" in frame.columns else stem
        lacking.setdefault(frame.filter(pl.col(value).is_not_null() & pl.col(low).is_null()).height, []).append(value)
    for rows, values in lacking.items():
        if rows:
            told = f"{rows} of {frame.height} rows have no interval of {', '.join(values)}"
            yield f"{told}, for want of a second run or leaf"
