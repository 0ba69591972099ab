"""Which group depends on which, as a square of counts."""

from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.dashboard.figures.canvas import Figure, build_figure, escape_text
from tierscope.dashboard.theme import INK

__all__ = ["render_matrix"]

_CELL_PX: Final = 56
_SCALE: Final = [[0, "rgba(102,112,133,0.1)"], [0.001, "rgba(224,138,60,0.2)"], [1, "rgba(224,138,60,1)"]]
"""See-through, so that it stands on a light and on a dark page."""
"""Nothing is grey, anything else stands out."""


def render_matrix(
    names: Sequence[str],
    counts: Mapping[tuple[str, str], int | None],
    details: Mapping[tuple[str, str], str],
    *,
    x_title: str,
    y_title: str,
) -> Figure:
    """A cell for each ordered pair, its count as text; pairs without a count stay empty.

    Args:
        names: of the groups, in order.
        counts: (row, column) -> number; None where it could not be counted.
        details: (row, column) -> what a reader is told on pointing there.
        x_title: what the columns are.
        y_title: what the rows are.
    """
    cells = [[counts.get((row, column)) for column in names] for row in names]
    shown = [escape_text(name, 24) for name in names]
    places = list(range(len(names)))
    most = max((count for row in cells for count in row if count is not None), default=0)
    axis = {
        "tickvals": places,
        "ticktext": shown,
        "tickfont": {"color": INK, "size": 13},
        "showgrid": False,
        "zeroline": False,
    }
    return build_figure(
        [
            {
                "type": "heatmap",
                "z": cells,
                "x": places,
                "y": places,
                "text": [["" if count is None else f"{count:,}" for count in row] for row in cells],
                "texttemplate": "%{text}",
                "textfont": {"size": 14, "color": INK},
                "customdata": [[escape_text(details.get((row, column), ""), 200) for column in names] for row in names],
                "colorscale": _SCALE,
                "zmin": 0,
                "zmax": max(most, 1),
                "showscale": False,
                "xgap": 3,
                "ygap": 3,
                "hoverongaps": False,
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        ],
        height=_CELL_PX * len(names) + 90,
        x={**axis, "title": x_title, "side": "top"},
        y={**axis, "title": y_title, "autorange": "reversed"},
    )
