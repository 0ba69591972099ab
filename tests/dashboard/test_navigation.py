"""The browser's address and the page: who is believed where they differ."""

import pytest
from streamlit.testing.v1 import AppTest

from tierscope.dashboard import navigation


def _page() -> None:
    import streamlit as st

    from tierscope.dashboard.address import Address
    from tierscope.dashboard.navigation import current_address, go, settle

    if st.session_state.get("is_look"):
        st.text(str(settle(Address(agent="a"))))
    st.button("choose", on_click=go, args=(current_address(),), kwargs={"agent": "a"})


def _agent(page: AppTest) -> object:
    return page.query_params.get("agent")


def _choose() -> AppTest:
    page = AppTest.from_function(_page).run()
    page.button[0].click().run()
    assert _agent(page) == "a"
    page.session_state["is_look"] = True
    return page


def test_browser_that_knows_of_the_choice_settles_it() -> None:
    page = _choose().run()
    assert page.text[0].value == "True"


def test_browser_that_may_still_hear_of_the_choice_is_left_alone() -> None:
    page = _choose()
    del page.query_params["agent"]
    page.run()
    assert (page.text[0].value, _agent(page)) == ("False", None)


def test_browser_that_has_not_heard_of_the_choice_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_ASTRAY_FOR_S", 0.0)
    page = _choose()
    del page.query_params["agent"]
    page.run()
    assert (page.text[0].value, _agent(page)) == ("False", "a")
