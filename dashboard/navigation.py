"""Changes of the browser's address, and whether the browser and the page agree on it.

The browser brings its address along with everything it sends, and is told when it changes. What it sent before it had
heard of a change names the address before; and on a busy machine what it is told, or what it sends, can get lost.
"""

import time
from collections.abc import Mapping
from typing import Final

import streamlit as st

from tierscope.dashboard.address import Address

__all__ = ["current_address", "follow", "go", "settle"]

_TOLD: Final = "told-address"
"""The address before the last change, and the one after, until the browser has shown that it knows."""
_ASTRAY: Final = "astray-since"
_ASTRAY_FOR_S: Final = 3.0
"""For so long browser and page may differ, since the news are under way."""


def current_address() -> Address:
    """What the page is asked for: by the browser, or by a change that it is about to hear of."""
    return Address.from_query(st.query_params.to_dict())


def go(address: Address, **changes: str | None) -> None:
    """Change some parameters of an address and go there; the page is drawn again from it."""
    query = {**address.to_query(), **changes}
    follow({name: value for name, value in query.items() if value is not None})


def follow(query: Mapping[str, str]) -> None:
    """Go to the address of these parameters; the page is drawn again from it."""
    before = current_address()
    st.query_params.from_dict(query)
    st.session_state[_TOLD] = (before, current_address())


def settle(drawn: Address) -> bool:
    """Whether the browser shows the address that the page was drawn for; if they differ for long, mend it.

    Only for what the browser itself has asked for, since that brings its address along.

    Args:
        drawn: what the page was drawn for.
    """
    shown = current_address()
    if shown == drawn:
        st.session_state.pop(_TOLD, None)
        st.session_state.pop(_ASTRAY, None)
        return True
    since_s = st.session_state.setdefault(_ASTRAY, time.monotonic())
    if time.monotonic() - since_s >= _ASTRAY_FOR_S:
        del st.session_state[_ASTRAY]
        if st.session_state.get(_TOLD) == (shown, drawn):
            st.query_params.from_dict(drawn.to_query())  # it has not heard
        else:
            st.rerun()  # the reader has gone elsewhere, and we have not heard
    return False
