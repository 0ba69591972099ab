"""The script that Streamlit runs for every reader, on every click and whenever new spans are stored."""

from tierscope.dashboard.frame import render_page

render_page()
