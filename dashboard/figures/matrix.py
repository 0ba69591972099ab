"""Which group depends on which, as a square of counts."""

from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.dashboard.figures.canvas import Figure, build_figure, escape_text
from tierscope.dashboard.theme import ACCENT, INK

__all__ = ["render_matrix"]

_CELL_PX: Final = 56


def render_matrix(names: Sequence[str], counts: Mapping[tuple[str, str], int], *, x_title: str, y_title: str) -> Figure:
    """A cell for each ordered pair, its count as text; pairs without a count stay empty.

    Args:
        names: of the groups, in order.
        counts: (row, column) -> number.
        x_title: what the columns are.
        y_title: what the rows are.
    """
    cells = [[counts.get((row, column)) for column in names] for row in names]
    shown = [escape_text(name, 24) for name in names]
    places = list(range(len(names)))
    axis = {"tickvals": places, "ticktext": shown, "tickfont": {"color": INK, "size": 13}, "showgrid": False}
    return build_figure(
        [
            {
                "type": "heatmap",
                "z": cells,
                "x": places,
                "y": places,
                "text": [["" if count is None else f"{count:,}" for count in row] for row in cells],
                "texttemplate": "%{text}",
                "colorscale": [[0, "#e6ecf7"], [1, ACCENT]],
                "zmin": 0,
                "showscale": False,
                "xgap": 3,
                "ygap": 3,
                "hovertemplate": "%{text}<extra></extra>",
            }
        ],
        height=_CELL_PX * len(names) + 90,
        x={**axis, "title": x_title, "side": "top"},
        y={**axis, "title": y_title, "autorange": "reversed"},
    )
