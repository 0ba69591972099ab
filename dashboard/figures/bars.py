"""One bar for each row: the figure of every metric that has none of its own."""

from collections.abc import Sequence
from typing import Any, Final

from tierscope.dashboard.figures.canvas import Figure, build_figure, name_row
from tierscope.dashboard.figures.duration_axis import duration_axis
from tierscope.dashboard.theme import ACCENT, INK
from tierscope.metrics.format import format_value

__all__ = ["render_bars"]

_ROW_PX: Final = 30


def render_bars(
    labels: Sequence[str],
    values: Sequence[float | None],
    *,
    unit: str,
    title: str,
    counts: Sequence[int | None] | None = None,
    colours: Sequence[str] | None = None,
) -> Figure:
    """Horizontal bars, first row on top, each with its value as text.

    Args:
        labels: what each bar stands for; equal ones stay apart.
        values: None where nothing was measured: then there is a dash instead of a bar.
        unit: of the values, as ``format_value`` knows it.
        title: what is drawn.
        counts: what each value rests on.
        colours: of the bars.
    """
    places = list(range(len(labels)))
    known = [value for value in values if value is not None]
    longest = max(known, default=0.0)
    axis: dict[str, Any] = {"title": title if unit in title else f"{title}, {unit}", "rangemode": "tozero"}
    if unit == "ms":
        axis = duration_axis(longest, title)
    elif unit == "share":
        axis |= {"title": title, "tickformat": ".0%", "range": [0, max(1.0, longest)]}
    return build_figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "x": list(values),
                "y": places,
                "marker": {"color": list(colours) if colours else ACCENT},
                "text": [f" {format_value(value, unit)}" for value in values],
                "textposition": "outside",
                "textfont": {"color": INK, "size": 12},
                "cliponaxis": False,
                "hoverinfo": "skip",
            }
        ],
        height=_ROW_PX * len(labels) + 60,
        x=axis,
        y={
            "autorange": "reversed",
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [name_row(label, n) for label, n in zip(labels, counts or [None] * len(labels), strict=True)],
            "tickfont": {"color": INK, "size": 13},
            "showgrid": False,
            "zeroline": False,
        },
        margin={"l": 4, "r": 90, "t": 8, "b": 8},
    )
