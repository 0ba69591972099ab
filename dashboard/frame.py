"""What stands around every view: the sidebar, the empty store, and the watch for new spans."""

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from tierscope.dashboard.address import Address
from tierscope.dashboard.blocks import show, show_empty, show_heading
from tierscope.dashboard.components import follow_links, watch_session
from tierscope.dashboard.login import SESSION_COOKIE
from tierscope.dashboard.markup import element
from tierscope.dashboard.navigation import current_address, follow, settle
from tierscope.dashboard.sidebar import show_sidebar
from tierscope.dashboard.source import Source, current_source
from tierscope.dashboard.views import VIEWS
from tierscope.dashboard.visit import Visit
from tierscope.errors import InputError

__all__ = ["render_page"]

_STYLES: Final = Path(__file__).with_name("page.css")
_MARK: Final = Path(__file__).with_name("mark.svg")
_LOOK_EVERY_S: Final = 1.0
_FIRST_LOOK: Final = "first-look"
"""Set while a page is drawn: it is watched for the first time then, by the server and not by the browser."""


def render_page() -> None:
    """Draw the page that the browser's address asks for."""
    st.set_page_config(page_title="tierscope", page_icon=_MARK, layout="wide")
    st.html(_STYLES)
    source = current_source()
    address = current_address()
    state = source.state
    follow_links(follow)
    if SESSION_COOKIE in st.context.cookies:
        watch_session()
    above = st.container()
    awaited = _render_view(source, address)
    with above:
        st.session_state[_FIRST_LOOK] = True
        _watch(source, address, state, awaited)


def _render_view(source: Source, address: Address) -> Sequence[Hashable]:
    """Draw sidebar and view; questions that are still being computed are returned."""
    try:
        visit = Visit(source, address, address.run_filter())
    except InputError as error:
        show_empty("The address asks for something that does not exist.", str(error))
        return ()
    counted = show_sidebar(visit)
    if source.problem is not None:
        show_empty("The store cannot be brought up to date.", source.problem)
    view = VIEWS[address.view]
    if not view.needs_runs:
        view.render(visit)
    elif counted is not None:
        stored, shown = counted
        if shown:
            view.render(visit)
        elif stored:
            show_heading(view.title)
            show_empty("No run passes these filters.", "Clear them in the sidebar, or record a run that does.")
        else:
            _show_first_steps(visit)
    return visit.awaited


def _show_first_steps(visit: Visit) -> None:
    show_heading("Nothing recorded yet", f"The store is {visit.source.store.path}")
    show_empty(
        "Run the bundled research hierarchy",
        "It records a few runs, with all that this dashboard shows.",
        "tierscope demo",
    )
    show_empty("Read recordings that you have", "OTLP files, or a folder of reports by tier.", "tierscope import PATH")
    show_empty(
        "Record your own agents",
        "Add this line to your program; the page fills while it runs.",
        f'tierscope.instrumentation.configure(store="{visit.source.store.path.name}")',
    )


@st.fragment(run_every=_LOOK_EVERY_S)
def _watch(source: Source, drawn: Address, drawn_state: Hashable, awaited: Sequence[Hashable]) -> None:
    """Draw the page again once the store has changed, or something it waited for is computed.

    It is drawn for the address that the browser brings along, and so not before that is the right one: a look that set
    out before the browser had heard of a choice would undo the choice.
    """
    is_settled = st.session_state.pop(_FIRST_LOOK, False) or settle(drawn)
    waits = [source.describe_wait(question) for question in awaited]
    if is_settled and (source.state != drawn_state or None in waits):
        st.rerun()
    if waits:
        show(
            element(
                "p",
                f"computing {len(waits)} figure{'' if len(waits) == 1 else 's'}: ",
                max(filter(None, waits), key=len),
                class_="ts-waiting",
            )
        )
