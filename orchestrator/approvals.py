"""Waiting for people: a member asks, approvers vote through a gateway, a quorum or a rejection decides."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from tierscope.errors import SettingsError
from tierscope.instrumentation import semconv
from tierscope.orchestrator.threads import in_thread

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

ApprovalStatus: TypeAlias = Literal["approved", "rejected", "timeout", "cancelled"]
"""``cancelled``: whoever asked was ended before it was decided."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What approvers are asked."""

    id: str
    path: str
    """Invocation that asks."""
    kind: str
    """Such as deploy or publish."""
    text: str
    level: int
    """Tier whose approvers decide: one above the requester, unless it said otherwise."""
    approvers: tuple[str, ...]
    """Who may vote; empty for anybody."""
    quorum: int
    """Approvals that it takes; one rejection rejects."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One approver's answer."""

    approver: str
    approve: bool
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """How a request ended."""

    request: ApprovalRequest
    status: ApprovalStatus
    votes: tuple[Vote, ...] = ()
    waited_ms: float = 0.0

    @property
    def granted(self) -> bool:
        """Whether it was approved."""
        return self.status == "approved"


class Gateway(Protocol):
    """How requests reach people, and votes come back."""

    def votes(self, request: ApprovalRequest) -> AsyncGenerator[Vote, None]:
        """Put ``request`` before its approvers and yield their votes as they come."""
        ...


@dataclass(frozen=True, slots=True)
class CallbackGateway:
    """Asks a function of your own, once for every request."""

    ask: Callable[[ApprovalRequest], Awaitable[Sequence[Vote]] | Sequence[Vote]]

    async def votes(self, request: ApprovalRequest) -> AsyncGenerator[Vote, None]:
        """The votes that the function returns."""
        answer = self.ask(request)
        for vote in answer if isinstance(answer, Sequence) else await answer:
            yield vote


@dataclass(frozen=True, slots=True)
class ConsoleGateway:
    """Asks whoever sits at the terminal."""

    read: Callable[[str], str] = input

    async def votes(self, request: ApprovalRequest) -> AsyncGenerator[Vote, None]:
        """One vote a line: ``y`` approves, anything else rejects with that comment."""
        for approver in request.approvers or ("you",) * request.quorum:
            prompt = f"{request.path} asks {approver}: {request.text} [y/N] "
            line = await in_thread(partial(self.read, prompt), _stop_reading)
            yes = line.strip().lower() in ("y", "yes")
            yield Vote(approver, yes, "" if yes else line.strip())


def _stop_reading() -> None:
    """The terminal is still being read when time is up: that thread ends with the program, and its line is lost."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """How a run gets its approvals."""

    gateway: Gateway
    approvers: Mapping[int, Sequence[str]] = field(default_factory=dict[int, Sequence[str]])
    """Names by tier; a tier without names lets anybody vote."""


async def decide(
    call: "Call", kind: str, text: str, quorum: int, timeout_s: float | None, level: int | None
) -> Approval:
    """Put a request before its approvers and wait for a quorum, a rejection or the time-out.

    Raises:
        SettingsError: the run has no gateway, or fewer approvers than the quorum.
    """
    run = call.run
    if run.approvals is None:
        raise SettingsError(f"{call.path} asks for an approval: pass  approvals=Approvals(gateway)  to the run.")
    tier = max(0, call.depth - 1) if level is None else level
    names = tuple(run.approvals.approvers.get(tier, ()))
    if quorum < 1 or (names and quorum > len(names)):
        raise SettingsError(f"{call.path} asks for {quorum} approvals of {len(names)} approver(s) of tier {tier}.")
    request = ApprovalRequest(f"{call.path}?{len(run.decisions) + 1}", call.path, kind, text, tier, names, quorum)
    _record(call, request, "requested")
    call.report(call.progress, [f"approval of {kind}"])
    started_s = run.loop.time()
    votes: list[Vote] = []
    status: ApprovalStatus = "cancelled"
    try:
        async with asyncio.timeout(timeout_s), aclosing(run.approvals.gateway.votes(request)) as incoming:
            status = await _count(request, incoming, votes)
    except TimeoutError:
        status = "timeout"
    finally:
        approval = Approval(request, status, tuple(votes), (run.loop.time() - started_s) * 1000)
        run.decisions.append(approval)
        call.report(call.progress)
        _record(call, request, status, approval)
    return approval


async def _count(request: ApprovalRequest, incoming: AsyncIterator[Vote], votes: list[Vote]) -> ApprovalStatus:
    """Count votes until they decide; each approver's first vote counts, and strangers' do not."""
    async for vote in incoming:
        if request.approvers and vote.approver not in request.approvers:
            continue
        if request.approvers and any(earlier.approver == vote.approver for earlier in votes):
            continue
        votes.append(vote)
        if not vote.approve:
            return "rejected"
        if len(votes) >= request.quorum:
            return "approved"
    return "timeout"


def _record(call: "Call", request: ApprovalRequest, status: str, approval: Approval | None = None) -> None:
    call.note(
        semconv.EVENT_APPROVAL,
        {
            semconv.APPROVAL_ID: request.id,
            semconv.APPROVAL_KIND: request.kind,
            semconv.APPROVAL_STATUS: status,
            semconv.APPROVAL_LEVEL: request.level,
            semconv.APPROVAL_QUORUM: request.quorum,
            semconv.APPROVAL_VOTERS: [vote.approver for vote in approval.votes] or None if approval else None,
            semconv.APPROVAL_WAITED_MS: approval.waited_ms if approval else None,
        },
    )
