"""The dashboard: views of what was recorded and measured, and the server that shows them.

Nothing is measured here: every number comes from ``tierscope.metrics``. Figures are pure functions from a frame to a
plotly figure and need no Streamlit.
"""

from tierscope.dashboard.server import serve

__all__ = ["serve"]
