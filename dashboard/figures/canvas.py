"""The common look of plotly figures, and the one place that calls plotly."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from tierscope.dashboard.markup import set_apart
from tierscope.dashboard.theme import FONT, INK, LINE, MUTED, PAPER

__all__ = ["FIGURE_CONFIG", "Figure", "Trace", "build_figure", "escape_text", "name_row"]

Figure: TypeAlias = Any
"""A ``plotly.graph_objects.Figure``; plotly's classes are made at run time and carry no types."""

Trace: TypeAlias = Mapping[str, Any]

FIGURE_CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False}
"""How plotly behaves in the browser."""

_AXIS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "gridcolor": LINE,
        "linecolor": LINE,
        "zerolinecolor": LINE,
        "tickfont": {"color": MUTED, "size": 12},
        "automargin": True,
        "fixedrange": True,
        "ticks": "",
    }
)
# A figure of one row is low: without minreducedheight its axis would get no room, and title and ticks would overlap.
_LAYOUT: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 4, "r": 20, "t": 8, "b": 8},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": LINE, "font": {"family": FONT, "size": 13, "color": INK}},
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        "bargap": 0.4,
        "minreducedheight": 2,
        "dragmode": False,
        "template": "none",
    }
)


def build_figure(
    traces: Sequence[Trace],
    *,
    height: int,
    x: Mapping[str, Any] | None = None,
    y: Mapping[str, Any] | None = None,
    **layout: Any,  # noqa: ANN401 - plotly's own options
) -> Figure:
    """Put traces into a figure of the common look.

    Args:
        traces: plotly traces as mappings, each with its ``type``.
        height: in pixels.
        x: options of the axis beyond the common ones; ``title`` is a text with the unit.
        y: likewise.
        layout: options of the layout beyond the common ones.
    """
    # Plotly ships no types.
    import plotly.graph_objects as go  # type: ignore[import-untyped]  # pyright: ignore[reportMissingTypeStubs]

    return go.Figure(
        {
            "data": [dict(trace) for trace in traces],
            "layout": {**_LAYOUT, "height": height, "xaxis": _axis(x), "yaxis": _axis(y), **layout},
        }
    )


def escape_text(text: str, limit: int = 60) -> str:
    """Recorded text as it may stand in a figure, where plotly reads a subset of HTML in every label.

    Args:
        text: what some agent wrote.
        limit: longest length in characters.
    """
    line = " ".join(text.split())
    if len(line) > limit:
        line = f"{line[: limit - 1]}…"
    return set_apart(line).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def name_row(label: str, n: int | None) -> str:
    """Label of a row of a figure, with what the row rests on.

    Args:
        label: may be recorded text; it is escaped.
        n: nothing is said of it where None.
    """
    counted = "" if n is None else f"  <span style='color:{MUTED}'>n={n:,}</span>"
    return f"{escape_text(label)}{counted} "


def _axis(options: Mapping[str, Any] | None) -> dict[str, Any]:
    given = dict(options or {})
    title = given.pop("title", "")
    return {**_AXIS, "title": {"text": title, "font": {"color": MUTED, "size": 12}, "standoff": 8}, **given}
