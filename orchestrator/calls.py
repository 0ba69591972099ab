"""One running invocation, and what its agent may ask of the run: ``current().spawn(...)``, ``.signal(...)``, ..."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from tierscope.errors import OrchestrationError, SettingsError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.active import ActiveInvocation, EventValue
from tierscope.orchestrator.approvals import Approval, decide
from tierscope.orchestrator.budgets import Account, Hold
from tierscope.orchestrator.escalation import Answer, EscalationNeeded, EscalationReason, escalate
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.limits import Seat
from tierscope.orchestrator.members import Member, Work
from tierscope.orchestrator.messages import (
    FailureStatus,
    FailureToken,
    Joined,
    Outcome,
    Result,
    Signal,
    StatusReport,
    Task,
    WorkStatus,
)
from tierscope.orchestrator.rollback import Compensation, Undo

if TYPE_CHECKING:
    from tierscope.orchestrator.runstate import RunState
    from tierscope.orchestrator.sources import Sources


class Call:
    """One invocation of one member. Agents reach theirs through ``current()``."""

    __slots__ = (
        "_children", "_partials", "_team", "account", "active", "aio_task", "asks", "blockers", "cancels",
        "compensations", "depth", "inbox", "member", "outcome", "parent", "path", "progress", "redirected", "run",
        "seat", "state", "status", "stopped", "task",
    )  # fmt: skip

    def __init__(self, run: "RunState", member: Member, task: Task, parent: "Call | None") -> None:
        self.run = run
        self.member = member
        self.task = task
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.path: str = member.name if parent is None else f"{parent.path}/{task.id}"
        self.account: Account | None = None if parent is None else parent.account
        self.state: dict[str, object] = {} if parent is None else parent.team
        """Shared with the other members of its team, and with nobody else."""
        self.status: WorkStatus = "pending"
        self.progress: float | None = None
        self.blockers: tuple[str, ...] = ()
        self._team: dict[str, object] | None = None  # made where needed: most invocations are leaves
        self._partials: list[Result] | None = None
        self._children: list[Call] | None = None
        self.active: ActiveInvocation | None = None
        self.aio_task: asyncio.Task[Any] | None = None
        self.stopped: tuple[FailureStatus, str] | None = None
        self.cancels = 0
        self.seat: Seat | None = None
        """Its slots, where concurrency is limited and it works as a leaf."""
        self.outcome: Outcome | None = None
        self.asks: EscalationNeeded | None = None
        """What it raised for the level above."""
        self.redirected: Task | None = None
        """What it is to do instead."""
        self.compensations: tuple[Compensation, ...] = ()
        self.inbox: asyncio.Queue[Result | None] | None = None
        """Where an event-driven orchestrator gets results and partial results from."""

    @property
    def team(self) -> dict[str, object]:
        """Shared by its own members: what an orchestrator puts here, they find in ``state``."""
        if self._team is None:
            self._team = {}
        return self._team

    @property
    def partials(self) -> list[Result]:
        """What it has done so far: results of finished members, and what was pushed."""
        if self._partials is None:
            self._partials = []
        return self._partials

    @property
    def children(self) -> "Sequence[Call]":
        """Those that it has started, in order."""
        return self._children or ()

    # --- for agents ------------------------------------------------------------------------------------------------

    @property
    def may_spawn(self) -> bool:
        """Whether the spawn limit leaves room for a tier below."""
        return self.depth < self.run.limits.depth

    def signal(self, signal: Signal) -> None:
        """Declare a finding while still at work; a critical one is safe at the root from now on."""
        self.run.declare(self, signal)

    def push(self, partial: Result | str) -> None:
        """Offer a partial result: it is attached should this invocation fail, and an event-driven parent uses it."""
        self.run.push(self, partial if isinstance(partial, Result) else Result(text=partial))

    def report(self, progress: float | None = None, blockers: Sequence[str] = ()) -> None:
        """Tell those above how far it is (0 to 1) and what it waits for."""
        self.progress, self.blockers = progress, tuple(blockers)
        self.run.moved(self, "blocked" if blockers else "in_progress")

    def reserve(self, tokens: int = 0, usd: float = 0.0) -> Hold:
        """Set budget aside before a call that costs something; settle it after.

        Raises:
            BudgetExceededError: too little is left; left to itself the error ends this invocation as ``budget``.
        """
        account = self.account or self.run.account
        return account.reserve(tokens, usd)

    async def read(self, source: str, **arguments: Any) -> Any:  # noqa: ANN401 - whatever the source holds
        """Read a data source of the run: rate-limited, paid for and recorded.

        Raises:
            SettingsError: the run has no sources.
            UnknownNameError: there is no such source.
            BudgetExceededError: its cost does not fit into what is left.
        """
        return await self.sources.read(self, source, arguments)

    @property
    def sources(self) -> "Sources":
        """The data sources of the run, for planners that choose among them."""
        if self.run.sources is None:
            raise SettingsError(f"{self.path} asks for data sources: pass  sources=Sources([...])  to the run.")
        return self.run.sources

    async def escalate(self, reason: EscalationReason, context: str) -> Answer:
        """Ask the levels above, nearest first, an emergency the top alone; None where nobody has an answer."""
        async with self._seat_lent():
            return await escalate(self, self.upward()[1:], reason, context)

    async def approve(
        self, kind: str, text: str, *, quorum: int = 1, timeout_s: float | None = None, level: int | None = None
    ) -> Approval:
        """Wait for people.

        Args:
            kind: what is to be approved, such as deploy.
            text: what they should know.
            quorum: approvals that it takes.
            timeout_s: how long to wait; None for as long as the deadlines allow.
            level: tier whose approvers decide; by default one above this one.

        Raises:
            SettingsError: the run has no gateway, or fewer approvers than the quorum.
        """
        async with self._seat_lent():
            return await decide(self, kind, text, quorum, timeout_s, level)

    def compensate(self, label: str, undo: Undo) -> None:
        """Say how to undo what was just done, should a transactional member above fail."""
        self.compensations = (*self.compensations, Compensation(self.path, label, undo))

    async def spawn(self, member: Member, task: Task | str) -> Outcome:
        """Run one more member below this one and wait for it; past a limit the outcome is a refusal."""
        joined = await self.spawn_all([(member, task)])
        outcomes: list[Outcome] = [*joined.results.values(), *joined.failures.values()]
        return outcomes[0]

    async def spawn_all(self, work: Sequence[tuple[Member, Task | str]], join: Join | None = None) -> Joined:
        """Run several members below this one in parallel and join them."""
        from tierscope.orchestrator.dispatching import Dispatch

        tasks = [(member, self._task_for(task)) for member, task in work]
        async with self._seat_lent():
            return await Dispatch(self, join or Join()).run(tasks)

    def _task_for(self, task: Task | str) -> Task:
        """``task`` as a message; its own task, handed on, goes by the name of the receiver."""
        if isinstance(task, str):
            return Task(intent=task)
        return task.model_copy(update={"id": ""}) if task is self.task else task

    # --- for the core ----------------------------------------------------------------------------------------------

    def adopt(self, child: "Call") -> None:
        """Count ``child`` among those that it has started."""
        if self._children is None:
            self._children = []
        self._children.append(child)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.status in ("pending", "in_progress", "blocked")

    def upward(self) -> "list[Call]":
        """This invocation and those above it, up to the root."""
        levels: list[Call] = [self]
        while levels[-1].parent is not None:
            levels.append(levels[-1].parent)
        return levels

    def stop(self, status: FailureStatus, reason: str) -> None:
        """End this invocation from outside: it becomes a failure token with its partial results."""
        if threading.get_ident() != self.run.thread:  # a sync callable stops somebody from its own thread
            self.run.loop.call_soon_threadsafe(self.stop, status, reason)
        elif self.stopped is None and self.running:
            self.stopped = (status, reason)
            self._cancel()

    def _cancel(self) -> None:
        """Cancel the asyncio task, again and again: an agent may swallow one cancellation."""
        if self.aio_task is not None and not self.aio_task.done() and self.running:
            self.cancels += 1
            self.aio_task.cancel()
            self.run.loop.call_later(0.1, self._cancel)

    def intervene(self, reason: str, instead: Task | None = None) -> None:
        """End this invocation on somebody's order, and have its member do ``instead`` where that is given.

        A manager reaches the members that it has started through ``current().children``.
        """
        (self.parent or self).note(
            semconv.EVENT_INTERVENTION,
            {
                semconv.INTERVENTION_KIND: "cancel" if instead is None else "redirect",
                semconv.INTERVENTION_MEMBER: self.member.name,
                semconv.INTERVENTION_REASON: reason,
            },
        )
        if instead is not None and self.status == "pending":  # it still waits for what it needs: no work to end
            own = {"id": self.task.id, "to": self.task.to, "chain": self.task.chain, "needs": self.task.needs}
            self.task = instead.model_copy(update=own)
            return
        self.redirected = instead
        self.stop("cancelled", reason)

    def absorb_stop(self) -> None:
        """Take back the cancellations of ``stop``, now that it was obeyed.

        Raises:
            asyncio.CancelledError: the parent was cancelled as well.
        """
        pending = 0
        task, self.aio_task = self.aio_task, None
        for _ in range(self.cancels):
            pending = 0 if task is None else task.uncancel()
        if pending > 0:
            raise asyncio.CancelledError

    def failure(self, status: FailureStatus, reason: str) -> FailureToken:
        """The failure token of this invocation, with what it has done."""
        return FailureToken(
            member=self.member.name, domain=self.domain, status=status, reason=reason, partial=tuple(self.partials)
        )

    @property
    def domain(self) -> str | None:
        """Declared by the member, else that of the parent, else the name of the tier-1 member above."""
        if self.member.domain is not None or self.parent is None:
            return self.member.domain
        return self.parent.domain or (self.member.name if self.depth == 1 else None)

    async def at_work(self, work: Work) -> object:
        """Do the task as a leaf, in a slot where concurrency is limited."""
        if not self.run.slots:
            return await self.run.ask(work, self.task)
        self.seat = Seat(self.run.slots, self.task.priority, self._seated)
        async with self.seat:
            return await self.run.ask(work, self.task)

    def _seated(self, waited_ms: float) -> None:
        self.note(semconv.EVENT_SLOT_TAKEN, {semconv.SLOT_WAITED_MS: waited_ms})

    def _seat_lent(self) -> AbstractAsyncContextManager[None]:
        return nullcontext() if self.seat is None else self.seat.lent()

    def note(self, event: str, attributes: Mapping[str, EventValue | None]) -> None:
        """Add an event to the invocation's span."""
        if self.active is not None:
            self.active.event(event, attributes)

    def status_report(self) -> StatusReport:
        """Where it stands."""
        return StatusReport(
            path=self.path,
            task_id=self.task.id,
            status=self.status,
            progress=self.progress,
            partial=self.partials[-1].text if self.partials else None,
            blockers=self.blockers,
        )


def current() -> Call:
    """The invocation that runs here; the way for an agent to reach the run.

    Raises:
        OrchestrationError: called outside a run.
    """
    call = current_call.get()
    if call is None:
        raise OrchestrationError("current() was called outside a run: call it from an agent that a run invoked.")
    return call


current_call: Final[ContextVar[Call | None]] = ContextVar("tierscope_call", default=None)
