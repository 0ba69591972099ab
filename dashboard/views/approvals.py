"""What running agents wait for people to decide."""

from shlex import quote
from typing import Final

import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import show, show_empty, show_heading, stored_text
from tierscope.dashboard.markup import element
from tierscope.dashboard.tables import Column, figure_column, show_table
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_time
from tierscope.orchestrator.approval_inbox import ApprovalInbox, read_time_ns

__all__ = ["render_approvals"]

_LOOK_EVERY_S: Final = 1.0
_SHOWN: Final = 100
_QUOTE: Final = 2000
_ID_CHARACTERS: Final = 8


def render_approvals(visit: Visit) -> None:
    """Every open request of the store, whatever the filters; answers are given at the command line."""
    show_heading(
        "Approvals",
        "What do running agents wait for people to decide? All open requests of this store, the oldest first.",
    )
    _show_open(visit)


@st.fragment(run_every=_LOOK_EVERY_S)  # requests are not in the database, so its changes do not tell of them
def _show_open(visit: Visit) -> None:
    store = visit.source.store.path
    inbox = ApprovalInbox(store)
    rows = [
        {
            "id": key[-_ID_CHARACTERS:],
            "asked_ns": read_time_ns(key),
            "agent": request.path,
            "kind": request.kind,
            "text": request.text,
            "approvers": ", ".join(request.approvers) or "anybody",
            "quorum": request.quorum,
            "approved": sum(vote.approve for vote in inbox.votes(key)),
        }
        for key, request in inbox.pending().items()
    ]
    if not rows:
        show_empty("Nothing is waiting for approval.", "Agents ask with  await current().approve(kind, text).")
        return
    show_table(visit, pl.DataFrame(rows), _COLUMNS, shown=_SHOWN, noun="requests", order="the oldest first")
    command = f"tierscope approvals approve {rows[0]['id']} --as NAME --store {quote(str(store))}"
    show(element("p", "Answer with ", element("code", command), ", or reject, by the request's id.", class_="ts-note"))


_COLUMNS: Final = (
    Column("request", lambda row: element("code", row["id"])),
    Column("asked (UTC)", lambda row: format_time(row["asked_ns"]), "asked_ns"),
    Column("who asks", lambda row: row["agent"], "agent"),
    Column("for", lambda row: row["kind"], "kind"),
    Column("what", lambda row: stored_text(row["text"], "(no text)", _QUOTE)),
    Column("approvers", lambda row: row["approvers"], "approvers"),
    figure_column("approved by", "approved"),
    figure_column("needed", "quorum"),
)
