"""How long each group takes, and how unevenly."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import polars as pl

from tierscope.dashboard.figures.canvas import Figure, Trace, build_figure, name_row
from tierscope.dashboard.figures.duration_axis import duration_axis
from tierscope.dashboard.theme import ALERT, INK
from tierscope.metrics.format import format_value

__all__ = ["render_spread"]

_ROW_PX: Final = 46
_NARROW_ROW_PX: Final = 30
_FEW_ROWS: Final = 8
_TOLD: Final = {
    "min_ms": "shortest",
    "p50_ms": "median",
    "mean_ms": "mean",
    "p95_ms": "p95",
    "max_ms": "longest",
    "sd_ms": "standard deviation",
}
"""Column -> what a reader is told on pointing at a row."""


def render_spread(frame: pl.DataFrame, labels: Sequence[str], colours: Sequence[str]) -> Figure:
    """Each group as a line from its shortest to its longest completion time.

    The thin line spans all, the thick one half of the invocations to 95 in 100, the dot is the median and the tick the
    mean. The bottleneck is named in its label.

    Args:
        frame: rows of the metric ``tier_completion``, in the order to draw; times in ms.
        labels: what each row is called.
        colours: of each row.
    """
    rows = list(frame.iter_rows(named=True))
    timed = [(place, row) for place, row in enumerate(rows) if row["n"]]
    longest = max((row["max_ms"] for _, row in timed), default=0.0)
    names = [
        name_row(label, row["n"]) + (f" <b style='color:{ALERT}'>bottleneck</b> " if row["bottleneck"] else "")
        for label, row in zip(labels, rows, strict=True)
    ]
    row_px = _ROW_PX if len(rows) <= _FEW_ROWS else _NARROW_ROW_PX
    return build_figure(
        [trace for place, row in timed for trace in _marks(place, row, colours[place])],
        height=row_px * len(rows) + 56,
        x=duration_axis(longest, "completion time"),
        y={
            "range": [len(rows) - 0.5, -0.5],
            "tickvals": list(range(len(rows))),
            "ticktext": names,
            "tickfont": {"color": INK, "size": 13},
            "zeroline": False,
        },
    )


def _marks(place: int, row: Mapping[str, Any], colour: str) -> Sequence[Trace]:
    """Thin line, thick line, ring and upright mark of one row."""
    hover = "<br>".join(f"{title} {format_value(row[column], 'ms')}" for column, title in _TOLD.items())
    ring = {"color": "#ffffff", "size": 9, "line": {"color": colour, "width": 3}}
    upright = {"symbol": "line-ns-open", "color": INK, "size": 16, "line": {"width": 2}}
    return (
        _segment(place, row["min_ms"], row["max_ms"], {"color": colour, "width": 2}, 0.8),
        _segment(place, row["p50_ms"], row["p95_ms"], {"color": colour, "width": 10}, 0.45),
        _dot(place, row["p50_ms"], ring, hover),
        _dot(place, row["mean_ms"], upright, hover),
    )


def _segment(place: int, start: float, end: float, line: Mapping[str, Any], opacity: float) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip",
        "x": [start, end], "y": [place, place], "line": line, "opacity": opacity,
    }  # fmt: skip


def _dot(place: int, value: float, marker: Mapping[str, Any], hover: str) -> Trace:
    return {
        "type": "scatter", "mode": "markers", "showlegend": False, "x": [value], "y": [place],
        "marker": marker, "hovertemplate": f"{hover}<extra></extra>",
    }  # fmt: skip
