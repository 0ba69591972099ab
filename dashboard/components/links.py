"""Links between our own pages, followed in place."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import streamlit as st
from streamlit.components.v2 import component

__all__ = ["follow_links"]

_KEY = "links"


def follow_links(go: Callable[[dict[str, str]], None]) -> None:
    """Let every link to a page of ours change the page in place.

    Args:
        go: told the query parameters of the link, before the page is drawn again.
    """

    def on_followed() -> None:
        target = st.session_state[_KEY].followed
        if target:
            go(dict(parse_qsl(target.removeprefix("?"))))

    _component()(key=_KEY, on_followed_change=on_followed, height=1)


@cache
def _component() -> Any:  # noqa: ANN401 - Streamlit's type for it is private
    script = Path(__file__).with_name("links.js").read_text(encoding="utf-8")
    return component("tierscope_links", js=script)
