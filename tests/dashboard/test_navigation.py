"""The browser's address and the page: who is believed where they differ."""

import pytest
from streamlit.testing.v1 import AppTest

from tierscope.dashboard import navigation


def _page() -> None:
    import streamlit as st

    from tierscope.dashboard.address import Address
    from tierscope.dashboard.navigation import current_address, go, settle

    if st.session_state.pop("is_look", False):
        st.text(str(settle(Address(agent="a"))))
    else:
        st.text(f"drawn for {current_address().agent}")
    st.button("choose", on_click=go, args=(current_address(),), kwargs={"agent": "a"})


def _agent(page: AppTest) -> object:
    return page.query_params.get("agent")


def _choose() -> AppTest:
    page = AppTest.from_function(_page).run()
    page.button[0].click().run()
    assert _agent(page) == "a"
    page.session_state["is_look"] = True
    return page


def _wait_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_ASTRAY_FOR_S", 0.0)


def test_browser_that_knows_of_the_choice_settles_it() -> None:
    page = _choose().run()
    assert page.text[0].value == "True"


def test_browser_that_may_still_hear_of_the_choice_is_left_alone() -> None:
    page = _choose()
    del page.query_params["agent"]
    page.run()
    assert (page.text[0].value, _agent(page)) == ("False", None)


def test_browser_that_has_not_heard_of_the_choice_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    _wait_no_longer(monkeypatch)
    page = _choose()
    del page.query_params["agent"]
    page.run()
    assert (page.text[0].value, _agent(page)) == ("False", "a")


def test_page_is_drawn_for_where_the_reader_went_since(monkeypatch: pytest.MonkeyPatch) -> None:
    _wait_no_longer(monkeypatch)
    page = _choose()
    page.query_params["agent"] = "b"
    page.run()
    assert page.text[0].value == "drawn for b"


def test_reader_who_went_back_after_the_browser_had_heard_is_not_sent_forward_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _wait_no_longer(monkeypatch)
    page = _choose().run()
    page.session_state["is_look"] = True
    del page.query_params["agent"]
    page.run()
    assert (page.text[0].value, _agent(page)) == ("drawn for None", None)
