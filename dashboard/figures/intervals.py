"""Shares with their intervals, one row for each group."""

from collections.abc import Sequence
from typing import Final

from tierscope.dashboard.figures.canvas import Figure, Trace, build_figure, name_row
from tierscope.dashboard.theme import ACCENT, INK
from tierscope.metrics.format import format_interval, format_value

__all__ = ["render_intervals"]

_ROW_PX: Final = 32


def render_intervals(
    labels: Sequence[str],
    shares: Sequence[float | None],
    intervals: Sequence[tuple[float | None, float | None]],
    counts: Sequence[int],
    title: str,
) -> Figure:
    """A dot for each share on the line of its interval; no line where there is no interval.

    Args:
        labels: what each row stands for.
        shares: 0 to 1; None where nothing was measured.
        intervals: lower and upper end of each; None where there is none.
        counts: what each share rests on.
        title: what is drawn, with the kind of interval.
    """
    places = list(range(len(labels)))
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip", "opacity": 0.45,
            "x": [low, high], "y": [place, place], "line": {"color": ACCENT, "width": 6},
        }
        for place, (low, high) in zip(places, intervals, strict=True)
        if low is not None and high is not None
    ]  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "markers", "showlegend": False,
            "x": list(shares), "y": places, "marker": {"color": ACCENT, "size": 11},
            "text": [
                f"{format_value(share, 'share')}, interval {format_interval(low, high, 'share')}, n={n:,}"
                for share, (low, high), n in zip(shares, intervals, counts, strict=True)
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
    )  # fmt: skip
    return build_figure(
        traces,
        height=_ROW_PX * len(labels) + 64,
        x={"title": title, "tickformat": ".0%", "range": [-0.02, 1.02]},
        y={
            "range": [len(labels) - 0.5, -0.5], "tickvals": places, "zeroline": False,
            "ticktext": [name_row(label, n) for label, n in zip(labels, counts, strict=True)],
            "tickfont": {"color": INK, "size": 13},
        },
    )  # fmt: skip
