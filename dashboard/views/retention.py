"""retention."""

from tierscope.dashboard.blocks import show_heading
from tierscope.dashboard.visit import Visit

__all__ = ["render_retention"]


def render_retention(visit: Visit) -> None:
    """Retention."""
    show_heading("retention")
