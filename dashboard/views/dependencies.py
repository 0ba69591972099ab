"""dependencies."""

from tierscope.dashboard.blocks import show_heading
from tierscope.dashboard.visit import Visit

__all__ = ["render_dependencies"]


def render_dependencies(visit: Visit) -> None:
    """Dependencies."""
    show_heading("dependencies")
