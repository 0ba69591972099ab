"""Controls that choose one parameter of the page's address, and follow it."""

from collections.abc import Mapping

import streamlit as st

from tierscope.dashboard.navigation import go
from tierscope.dashboard.visit import Visit

__all__ = ["choose", "control_key"]


def choose(
    visit: Visit,
    parameter: str,
    title: str,
    labels: Mapping[str, str],
    current: str,
    *,
    in_a_row: bool = False,
    **changes: str | None,
) -> None:
    """Offer the values of a parameter; a choice changes the address.

    What is not offered is no choice: a browser sends labels, and one that counts (all 4 runs) may be out of date.

    Args:
        visit: whose address it is.
        parameter: name of a field of `Address`.
        title: what is chosen, for people.
        labels: what is offered: value -> label; an empty value takes the parameter out of the address.
        current: the value in force.
        in_a_row: all labels beside each other, without the title, instead of a list to open.
        changes: other parameters that a choice changes.
    """
    key = control_key(parameter, current)

    def on_chosen() -> None:
        chosen = st.session_state[key]
        if chosen in labels:
            go(visit.address, **{parameter: chosen or None, **changes})

    if in_a_row:
        st.segmented_control(
            title, list(labels), format_func=labels.__getitem__, key=key, on_change=on_chosen,
            label_visibility="collapsed", required=True,
        )  # fmt: skip
    else:
        st.selectbox(title, list(labels), format_func=labels.__getitem__, key=key, on_change=on_chosen)


def control_key(parameter: str, current: str) -> str:
    """Key of the control of a parameter, which holds the value in force.

    Once the address was changed by other means (a link, the browser's back button) it is another control: the browser
    may still send what the one before held, and that is no choice.

    Args:
        parameter: name of a field of `Address`.
        current: the value in force.
    """
    turns = st.session_state.get(f"turns-{parameter}", 0)
    if st.session_state.get(f"choose-{parameter}-{turns}", current) != current:
        turns += 1
    st.session_state[f"turns-{parameter}"] = turns
    key = f"choose-{parameter}-{turns}"
    st.session_state[key] = current
    return key
