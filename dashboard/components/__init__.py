"""What Streamlit's own elements cannot do: a tree of tens of thousands of agents, and links that change the page."""

from tierscope.dashboard.components.links import follow_links
from tierscope.dashboard.components.session import watch_session
from tierscope.dashboard.components.waterfall import show_waterfall

__all__ = ["follow_links", "show_waterfall", "watch_session"]
