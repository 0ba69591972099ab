"""The end of a session, told to a page that is open."""

from functools import cache
from pathlib import Path
from typing import Any

from streamlit.components.v2 import component

__all__ = ["watch_session"]


def watch_session() -> None:
    """Let the page lead to the login once its session has ended."""
    _component()(key="session", height=1)


@cache
def _component() -> Any:  # noqa: ANN401 - Streamlit's type for it is private
    script = Path(__file__).with_name("session.js").read_text(encoding="utf-8")
    return component("tierscope_session", js=script)
