"""How long each group takes, and how unevenly."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.dashboard.figures.canvas import Figure, Trace, build_figure, escape_text
from tierscope.dashboard.figures.duration_axis import duration_axis
from tierscope.dashboard.theme import ALERT, INK, NO_TIER_COLOUR
from tierscope.metrics.format import format_value

__all__ = ["render_spread"]

_ROW_PX: Final = 46


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
    names = [
        f"{escape_text(label)}  <span style='color:{NO_TIER_COLOUR}'>n={row['n']:,}</span>"
        + (f"  <b style='color:{ALERT}'>bottleneck</b>" if row["bottleneck"] else "")
        for label, row in zip(labels, rows, strict=True)
    ]
    traces: list[Trace] = []
    for name, row, colour in zip(names, rows, colours, strict=True):
        if row["n"] == 0:
            continue
        hover = "<br>".join(
            f"{title} {format_value(row[column], 'ms')}"
            for title, column in (
                ("shortest", "min_ms"), ("median", "p50_ms"), ("mean", "mean_ms"), ("p95", "p95_ms"),
                ("longest", "max_ms"), ("standard deviation", "sd_ms"),
            )
        )  # fmt: skip
        traces += [
            _segment(name, row["min_ms"], row["max_ms"], colour, 2),
            _segment(name, row["p50_ms"], row["p95_ms"], colour, 10),
            {
                "type": "scatter", "mode": "markers", "showlegend": False, "x": [row["p50_ms"]], "y": [name],
                "marker": {"color": "#ffffff", "size": 9, "line": {"color": colour, "width": 3}},
                "hovertemplate": f"{hover}<extra></extra>",
            },
            {
                "type": "scatter", "mode": "markers", "showlegend": False, "x": [row["mean_ms"]], "y": [name],
                "marker": {"symbol": "line-ns-open", "color": INK, "size": 16, "line": {"width": 2}},
                "hovertemplate": f"{hover}<extra></extra>",
            },
        ]  # fmt: skip
    longest = max((row["max_ms"] for row in rows if row["n"]), default=0.0)
    return build_figure(
        traces,
        height=_ROW_PX * len(rows) + 56,
        x=duration_axis(longest, "completion time"),
        y={
            "autorange": "reversed",
            "categoryorder": "array",
            "categoryarray": names,
            "tickfont": {"color": INK, "size": 13},
        },
    )


def _segment(name: str, start: float, end: float, colour: str, width: int) -> Trace:
    return {
        "type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip",
        "x": [start, end], "y": [name, name], "line": {"color": colour, "width": width},
        "opacity": 0.45 if width > 2 else 0.8,
    }  # fmt: skip
