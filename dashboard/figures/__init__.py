"""Figures: pure functions from a frame, or rows of one, to a plotly figure in the common look."""

from tierscope.dashboard.figures.bars import render_bars
from tierscope.dashboard.figures.canvas import FIGURE_CONFIG, Figure, build_figure
from tierscope.dashboard.figures.intervals import render_intervals
from tierscope.dashboard.figures.limit import render_limits
from tierscope.dashboard.figures.matrix import render_matrix
from tierscope.dashboard.figures.spread import render_spread
from tierscope.dashboard.figures.timeline import choose_bars, render_timeline

__all__ = [
    "FIGURE_CONFIG",
    "Figure",
    "build_figure",
    "choose_bars",
    "render_bars",
    "render_intervals",
    "render_limits",
    "render_matrix",
    "render_spread",
    "render_timeline",
]
