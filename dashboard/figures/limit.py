"""How deep each run went, against its limit."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from tierscope.dashboard.figures.canvas import Figure, Trace, build_figure, name_row
from tierscope.dashboard.theme import ALERT, INK, MUTED, tier_colour
from tierscope.metrics.format import format_value

__all__ = ["render_limits"]

_ROW_PX: Final = 30


def render_limits(frame: pl.DataFrame, labels: Sequence[str]) -> Figure:
    """Each run as a dot at its deepest tier and a mark at its limit; past a recorded or set limit the dot is red.

    Args:
        frame: rows of the metric ``spawn_depth``, in the order to draw.
        labels: what each run is called.
    """
    rows = list(frame.iter_rows(named=True))
    places = list(range(len(rows)))
    known = [(place, row) for place, row in zip(places, rows, strict=True) if row["max_depth"] is not None]
    deepest = max([*(row["max_depth"] for _, row in known), *(row["spawn_limit"] for row in rows)], default=1)
    traces: list[Trace] = [
        {
            "type": "scatter", "mode": "lines", "hoverinfo": "skip", "showlegend": False,
            "x": [0, row["max_depth"]], "y": [place, place],
            "line": {"color": _colour(row["breach"], row["max_depth"]), "width": 3}, "opacity": 0.5,
        }
        for place, row in known
    ]  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "markers", "name": "deepest tier",
            "x": [row["max_depth"] for _, row in known], "y": [place for place, _ in known],
            "marker": {"size": 12, "color": [_colour(row["breach"], row["max_depth"]) for _, row in known]},
            "text": [
                f"deepest tier {row['max_depth']}, limit {row['spawn_limit']} ({row['limit_source']}),"
                f" n={format_value(row['n'], 'agents')}"
                for _, row in known
            ],
            "hovertemplate": "%{text}<extra></extra>",
        }
    )  # fmt: skip
    traces.append(
        {
            "type": "scatter", "mode": "markers", "name": "limit", "hoverinfo": "skip",
            "x": [row["spawn_limit"] for row in rows], "y": places,
            "marker": {
                "symbol": "line-ns-open", "size": 20,
                "color": [MUTED if row["limit_source"] == "assumed" else INK for row in rows],
                "line": {"width": 3},
            },
        }
    )  # fmt: skip
    return build_figure(
        traces,
        height=_ROW_PX * len(rows) + 90,
        x={"title": "tier (the root is 0)", "range": [-0.1, deepest + 0.4], "dtick": 1 if deepest <= 20 else None},
        y={
            "range": [len(rows) - 0.5, -0.5], "tickvals": places, "showgrid": False, "zeroline": False,
            "ticktext": [name_row(label, row["n"]) for label, row in zip(labels, rows, strict=True)],
            "tickfont": {"color": INK, "size": 13},
        },
    )  # fmt: skip


def _colour(breach: bool | None, depth: int) -> str:
    return ALERT if breach else tier_colour(depth)
