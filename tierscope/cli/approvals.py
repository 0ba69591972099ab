"""``tierscope approvals``: what running agents wait for people to decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._options import JsonOption, StoreOption, store_path
from tierscope.cli._output import errors, print_json, print_table, safe
from tierscope.errors import UnknownNameError

if TYPE_CHECKING:
    from pathlib import Path

    from tierscope.orchestrator.approval_inbox import ApprovalInbox

app = typer.Typer(add_completion=False, no_args_is_help=True)

RequestArgument = Annotated[
    str, typer.Argument(metavar="REQUEST", help="Its id, as in 'tierscope approvals list', or the end of it.")
]
ApproverOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who decides, as the run knows them.")]
CommentOption = Annotated[str, typer.Option("--comment", help="What the agent that asks is told.")]


@app.callback()
def _group() -> None:
    """Answer what running agents ask people to approve.

    Agents ask through the store when their run has  Approvals(StoreGateway(path)).
    """


@app.command("list", epilog="Example:  tierscope approvals list --json")
def list_(store: StoreOption = None, as_json: JsonOption = False) -> None:
    """List open requests, oldest first."""
    pending = _inbox(store).pending()
    if as_json:
        fields = ("path", "kind", "text", "level", "approvers", "quorum")
        print_json([{"id": key, **{name: getattr(each, name) for name in fields}} for key, each in pending.items()])
        return
    rows = [
        [key, safe(each.path), safe(each.kind), safe(each.text, 80), safe(", ".join(each.approvers) or "anybody")]
        for key, each in pending.items()
    ]
    print_table(["id", "who asks", "for", "what", "approvers"], rows)


@app.command(epilog="Example:  tierscope approvals approve 5ac1f0 --as ann")
def approve(
    request: RequestArgument, approver: ApproverOption, comment: CommentOption = "", store: StoreOption = None
) -> None:
    """Vote for a request; it is granted once its quorum has."""
    _vote(store, request, approver, comment, is_for=True)


@app.command(epilog="Example:  tierscope approvals reject 5ac1f0 --as ann --comment 'not on a Friday'")
def reject(
    request: RequestArgument, approver: ApproverOption, comment: CommentOption = "", store: StoreOption = None
) -> None:
    """Vote against a request; one such vote rejects it."""
    _vote(store, request, approver, comment, is_for=False)


def _inbox(store: Path | None) -> ApprovalInbox:
    from tierscope.orchestrator.approval_inbox import ApprovalInbox

    return ApprovalInbox(store_path(store))


def _vote(store: Path | None, request: str, approver: str, comment: str, *, is_for: bool) -> None:
    from tierscope.orchestrator.approvals import Vote

    inbox = _inbox(store)
    pending = inbox.pending()
    found = [key for key in pending if key.endswith(request)]
    if len(found) != 1:
        problem = "no open request" if not found else "more than one open request"
        raise UnknownNameError(f"{problem} has an id that ends in {request!r}: see  tierscope approvals list.")
    asked = pending[found[0]]
    if asked.approvers and approver not in asked.approvers:
        raise UnknownNameError(f"{approver!r} may not decide this: use --as with one of {', '.join(asked.approvers)}.")
    inbox.vote(found[0], Vote(approver, approve=is_for, comment=comment))
    errors.print(f"{'Approved' if is_for else 'Rejected'} by {approver}: {asked.path}, {asked.kind}.", markup=False)
