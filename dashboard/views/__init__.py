"""The views, each a function that draws one page."""

from tierscope.dashboard.views.registry import VIEWS, View

__all__ = ["VIEWS", "View"]
