"""One look for every page and figure: colours, type, and plotly's template."""

from types import MappingProxyType
from typing import Any, Final

__all__ = [
    "ALERT",
    "FIGURE_CONFIG",
    "FIGURE_LAYOUT",
    "INK",
    "MUTED",
    "STREAMLIT_OPTIONS",
    "VERDICT_COLOURS",
    "style_figure",
    "tier_colour",
    "tier_name",
]

INK: Final = "#1d2433"
MUTED: Final = "#667085"
LINE: Final = "#e4e7ec"
SURFACE: Final = "#f8f9fb"
PAPER: Final = "#ffffff"
ACCENT: Final = "#2b4c8c"
ALERT: Final = "#b42318"
FONT: Final = '"Source Sans", "Segoe UI", system-ui, sans-serif'

_TIERS: Final = ("#2b4c8c", "#1f8a8a", "#d9932b", "#a8456f", "#6b8e3a", "#7a5fb8", "#c2603c", "#4d86b8")
"""Tier 0 first; the ninth tier takes the first colour again, and its number always stands beside it."""
_NO_TIER: Final = "#98a2b3"

VERDICT_COLOURS: Final = MappingProxyType(
    {"retained": "#2f7d5b", "partial": "#d9932b", "distorted": "#8e44ad", "lost": ALERT}
)
"""What became of a signal -> its colour, in the order in which they are drawn."""


def tier_colour(tier: int | None) -> str:
    """The colour of a tier in every figure, tree and table; grey for an agent without a tier."""
    return _NO_TIER if tier is None else _TIERS[tier % len(_TIERS)]


def tier_name(tier: int | None) -> str:
    """What a tier is called."""
    if tier is None:
        return "no tier"
    return "tier 0 (root)" if tier == 0 else f"tier {tier}"


FIGURE_LAYOUT: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "font": {"family": FONT, "size": 13, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": LINE, "font": {"family": FONT, "size": 13, "color": INK}},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "title": {"text": ""}},
        "bargap": 0.35,
        "dragmode": False,
    }
)
_AXIS: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "gridcolor": LINE,
        "linecolor": LINE,
        "zerolinecolor": LINE,
        "tickfont": {"color": MUTED, "size": 12},
        "title": {"font": {"color": MUTED, "size": 12}, "standoff": 8},
        "automargin": True,
    }
)
FIGURE_CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "scrollZoom": False}


def style_figure(figure: Any, *, height: int, x_title: str = "", y_title: str = "") -> Any:  # noqa: ANN401 - see below
    """Give a plotly figure the common look.

    Plotly's own types are generated at run time and say nothing to a type checker, hence Any.

    Args:
        figure: a plotly figure; it is changed.
        height: in pixels.
        x_title: what the axis shows, with its unit.
        y_title: likewise.

    Returns:
        The same figure.
    """
    figure.update_layout(**FIGURE_LAYOUT, height=height)
    figure.update_xaxes(**_AXIS, title_text=x_title)
    figure.update_yaxes(**_AXIS, title_text=y_title)
    return figure


STREAMLIT_OPTIONS: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "runner.magicEnabled": False,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "theme.base": "light",
        "theme.backgroundColor": PAPER,
        "theme.baseFontSize": 15,
        "theme.baseRadius": "6px",
        "theme.borderColor": LINE,
        "theme.headingFontSizes": ["1.7rem", "1.15rem", "1rem"],
        "theme.headingFontWeights": [600, 600, 600],
        "theme.linkColor": ACCENT,
        "theme.primaryColor": ACCENT,
        "theme.secondaryBackgroundColor": SURFACE,
        "theme.showSidebarBorder": True,
        "theme.textColor": INK,
    }
)
"""Settings of Streamlit itself. It sends no usage statistics and watches no files."""
