"""When each agent of a run was at work, one band for each tier."""

import heapq
from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from tierscope.dashboard.figures.canvas import Figure, Trace, build_figure, escape_text, name_row
from tierscope.dashboard.figures.duration_axis import duration_axis
from tierscope.dashboard.theme import INK, LINE, tier_colour, tier_name
from tierscope.metrics.format import format_value

__all__ = ["MOST_BARS", "choose_bars", "render_timeline"]

MOST_BARS: Final = 60
"""More than these would be too thin to tell apart."""

_LANE_PX: Final = 16
_LOWEST_PX: Final = 120


def choose_bars(timed: pl.DataFrame) -> pl.DataFrame:
    """The longest invocations of each tier in turn, at most ``MOST_BARS``.

    Args:
        timed: rows of ``queries/invocations.sql`` of one run, with durations.
    """
    place = pl.col("duration_ms").rank("ordinal", descending=True).over("tier")
    return timed.sort(place, "tier", nulls_last=True).head(MOST_BARS)


def render_timeline(invocations: pl.DataFrame) -> Figure:
    """A bar for each invocation with times, on as few lanes of its tier as fit without overlap.

    Args:
        invocations: rows of ``queries/invocations.sql`` of one run, at most ``MOST_BARS``; each bar carries its
            ``invocation_id`` as custom data.
    """
    timed = invocations.filter(pl.col("started_ns").is_not_null() & pl.col("ended_ns").is_not_null()).sort(
        pl.col("tier").fill_null(-1), "started_ns"
    )
    first_ns = timed["started_ns"].min()
    bars: list[Trace] = []
    bands: list[tuple[str, float]] = []
    lines: list[dict[str, Any]] = []
    lane = 0
    longest_ms = 0.0
    for (tier,), group in timed.group_by("tier", maintain_order=True):
        rows = list(group.iter_rows(named=True))
        starts = [(row["started_ns"] - first_ns) / 1e6 for row in rows]
        lengths = [max(row["ended_ns"] - row["started_ns"], 0) / 1e6 for row in rows]
        lanes, used = _pack(starts, lengths)
        longest_ms = max([longest_ms, *(start + length for start, length in zip(starts, lengths, strict=True))])
        number = tier if isinstance(tier, int) else None
        bars.append(_band(rows, starts, lengths, [lane + one for one in lanes], tier_colour(number)))
        bands.append((name_row(tier_name(number), len(rows)), lane + (used - 1) / 2))
        lane += used
        lines.append({"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": lane - 0.5, "y1": lane - 0.5,
                      "line": {"color": LINE, "width": 1}})  # fmt: skip
    # Plotly would make room beside each other for the bars of all tiers, where two of a lane stand one after the other.
    return build_figure(
        bars,
        height=max(lane * _LANE_PX + 60, _LOWEST_PX),
        x=duration_axis(longest_ms, "time since the run began"),
        y={
            "range": [lane - 0.5, -0.5],
            "tickvals": [place for _, place in bands],
            "ticktext": [name for name, _ in bands],
            "tickfont": {"color": INK, "size": 13},
            "showgrid": False,
            "zeroline": False,
        },
        shapes=lines[:-1],
        bargap=0.2,
        barmode="overlay",
        clickmode="event+select",
        showlegend=False,
    )


def _band(
    rows: Sequence[dict[str, Any]], starts: Sequence[float], lengths: Sequence[float], lanes: Sequence[int], colour: str
) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "base": list(starts),
        "x": list(lengths),
        "y": list(lanes),
        "marker": {"color": colour, "opacity": 0.85, "line": {"width": 1, "color": "#ffffff"}},
        "customdata": [row["invocation_id"] for row in rows],
        "text": [
            f"<b>{escape_text(row['agent'])}</b><br>{format_value(row['duration_ms'], 'ms')}, {row['status']}"
            for row in rows
        ],
        "textposition": "none",
        "hovertemplate": "%{text}<extra></extra>",
    }


def _pack(starts: Sequence[float], lengths: Sequence[float]) -> tuple[list[int], int]:
    """The lane of each bar, in order of start, so that none overlap; and how many lanes that takes."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    lanes: list[int] = []
    used = 0
    for start, length in zip(starts, lengths, strict=True):
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, used = used, used + 1
        heapq.heappush(busy, (start + length, lane))
        lanes.append(lane)
    return lanes, used
