"""One look for every page and figure: colours, type, and the settings of Streamlit."""

from types import MappingProxyType
from typing import Any, Final

__all__ = [
    "ACCENT",
    "ALERT",
    "FONT",
    "INK",
    "LINE",
    "MUTED",
    "NO_TIER_COLOUR",
    "PAPER",
    "STREAMLIT_OPTIONS",
    "TIER_COLOURS",
    "VERDICT_COLOURS",
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

TIER_COLOURS: Final = ("#2b4c8c", "#1f8a8a", "#d9932b", "#a8456f", "#6b8e3a", "#7a5fb8", "#c2603c", "#4d86b8")
"""Tier 0 first; the ninth tier takes the first colour again, and its number always stands beside it."""
NO_TIER_COLOUR: Final = "#98a2b3"

VERDICT_COLOURS: Final = MappingProxyType(
    {"retained": "#2f7d5b", "partial": "#d9932b", "distorted": "#8e44ad", "lost": ALERT}
)
"""What became of a signal -> its colour, in the order in which they are drawn."""


def tier_colour(tier: int | None) -> str:
    """The colour of a tier in every figure, tree and table; grey for an agent without a tier."""
    return NO_TIER_COLOUR if tier is None else TIER_COLOURS[tier % len(TIER_COLOURS)]


def tier_name(tier: int | None) -> str:
    """What a tier is called."""
    if tier is None:
        return "no tier"
    return "tier 0 (root)" if tier == 0 else f"tier {tier}"


STREAMLIT_OPTIONS: Final[MappingProxyType[str, Any]] = MappingProxyType(
    {
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "global.developmentMode": False,
        "logger.enableRich": False,
        "runner.magicEnabled": False,
        "server.fileWatcherType": "none",
        "server.headless": True,
        "theme.baseFontSize": 15,
        "theme.baseRadius": "6px",
        "theme.headingFontSizes": ["1.7rem", "1.15rem", "1rem"],
        "theme.headingFontWeights": [600, 600, 600],
        "theme.showSidebarBorder": True,
        "theme.light.backgroundColor": PAPER,
        "theme.light.borderColor": LINE,
        "theme.light.linkColor": ACCENT,
        "theme.light.primaryColor": ACCENT,
        "theme.light.secondaryBackgroundColor": SURFACE,
        "theme.light.textColor": INK,
        "theme.dark.backgroundColor": "#11151c",
        "theme.dark.borderColor": "#2d3442",
        "theme.dark.linkColor": "#8fb0ea",
        "theme.dark.primaryColor": "#5b83cc",
        "theme.dark.secondaryBackgroundColor": "#1a1f29",
        "theme.dark.textColor": "#e6e9ef",
    }
)
"""Settings of Streamlit itself. It sends no usage statistics, watches no files, and is dark where the browser is."""
