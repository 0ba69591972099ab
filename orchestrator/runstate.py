"""What all invocations of one run share: limits, budget, the ledgers of signals, gaps and refusals, threads."""

import asyncio
import inspect
import logging
import threading
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final, ParamSpec, TypeVar, cast

from tierscope.instrumentation import semconv
from tierscope.instrumentation.active import inside
from tierscope.instrumentation.content import content_hash
from tierscope.instrumentation.recorder import Recorder
from tierscope.orchestrator.approvals import Approval, Approvals
from tierscope.orchestrator.budgets import Account
from tierscope.orchestrator.calls import Call, current_call
from tierscope.orchestrator.errors import RunFailedError, SpawnLimitError
from tierscope.orchestrator.escalation import Escalation
from tierscope.orchestrator.journal import Journal
from tierscope.orchestrator.limits import Limits, Pool, Slots
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import (
    FailureToken,
    Outcome,
    Result,
    Signal,
    StatusReport,
    WorkStatus,
)
from tierscope.orchestrator.reports import Abandoned, CriticalSignal, Gap, Refusal
from tierscope.orchestrator.rollback import Rollback
from tierscope.orchestrator.sources import Sources
from tierscope.orchestrator.threads import in_thread, is_async

P = ParamSpec("P")
R = TypeVar("R")

_log: Final = logging.getLogger(__name__)

_THREADS: Final = 64
"""Threads for sync callables; they mostly wait for a network."""


@dataclass(slots=True)
class RunState:
    """The state of one run; lives as long as the run."""

    limits: Limits
    pool: Pool
    account: Account
    recorder: Recorder | None
    observer: Callable[[StatusReport], None] | None = None
    forward_critical: bool = True
    """Append critical signals to the root's text where they are missing there."""
    slots: list[Slots] = field(default_factory=list[Slots])
    root: Call | None = None
    fatal: RunFailedError | None = None
    agents: int = 0
    max_depth: int = 0
    gaps: list[Gap] = field(default_factory=list[Gap])
    refusals: list[Refusal] = field(default_factory=list[Refusal])
    critical: dict[str, CriticalSignal] = field(default_factory=dict[str, CriticalSignal])
    """By hash of the text."""
    declared: dict[str, Call] = field(default_factory=dict[str, Call])
    """Who declared a signal last, by the hash of its text."""
    escalations: list[Escalation] = field(default_factory=list[Escalation])
    decisions: list[Approval] = field(default_factory=list[Approval])
    rollbacks: list[Rollback] = field(default_factory=list[Rollback])
    abandoned: list[Abandoned] = field(default_factory=list[Abandoned])
    approvals: Approvals | None = None
    journal: Journal | None = None
    sources: Sources | None = None
    run_id: str | None = None
    """Trace id of the root's span."""
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    thread: int = field(default_factory=threading.get_ident)
    """Where ``loop`` runs."""
    threads: Slots = field(default_factory=lambda: Slots(_THREADS))

    def __post_init__(self) -> None:
        if self.limits.concurrency is not None:
            self.slots.append(Slots(self.limits.concurrency))
        if self.pool.slots is not None:
            self.slots.append(self.pool.slots)

    async def ask(self, function: Callable[P, Awaitable[R] | R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call code of the user: async where it is, else in a thread, so that it cannot stop the others."""
        if is_async(function):
            return await cast("Awaitable[R]", function(*args, **kwargs))
        await self.threads.acquire()
        try:
            value = await in_thread(lambda: function(*args, **kwargs), lambda: self._abandon(function))
        finally:
            self.threads.release()
        return cast("R", await value if inspect.isawaitable(value) else value)

    def _abandon(self, function: Callable[..., object]) -> None:
        """Record that ``function`` still runs in its thread, though the invocation that called it ends."""
        call = current_call.get()
        if call is None:
            return
        name = getattr(function, "__qualname__", type(function).__qualname__)
        self.abandoned.append(Abandoned(call.path, name))
        call.note(semconv.EVENT_THREAD_ABANDONED, {semconv.THREAD_FUNCTION: name})

    async def ask_as(self, call: Call, function: Callable[P, Awaitable[R] | R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Call code of the user on behalf of ``call``: what it spawns stands below that."""
        token = current_call.set(call)
        try:
            with nullcontext() if call.active is None else inside(call.active):
                return await self.ask(function, *args, **kwargs)
        finally:
            current_call.reset(token)

    def close(self) -> None:
        """Close what the run has opened."""
        if self.journal is not None:
            self.journal.close()

    def admit(self, parent: Call, member: Member) -> FailureToken | None:
        """Count ``member`` in as a child of ``parent``, or return the refusal.

        Raises:
            SpawnLimitError: a limit is passed and ``on_limit`` is "fail"; the run ends.
        """
        objection = self._objection(parent)
        if objection is None:
            return None
        limit, reason = objection
        refusal = Refusal(path=parent.path, member=member.name, depth=parent.depth + 1, reason=reason)
        self.refusals.append(refusal)
        parent.note(
            semconv.EVENT_SPAWN_REFUSED,
            {
                semconv.SPAWN_MEMBER: member.name,
                semconv.SPAWN_DEPTH: refusal.depth,
                semconv.SPAWN_REASON: reason,
                semconv.SPAWN_REFUSED_BY: limit,
            },
        )
        if self.limits.on_limit == "fail":
            error = SpawnLimitError(f"{parent.path} tried to spawn {member.name!r}: {reason}.")
            self.abort(error)
            raise error
        return FailureToken(member=member.name, domain=parent.domain, status="refused", reason=reason)

    def _objection(self, parent: Call) -> tuple[str, str] | None:
        """Which limit stands against one more member of ``parent``, by name and in words."""
        limits = self.limits
        if parent.depth >= limits.depth:
            return "depth", f"tier {parent.depth + 1} is below the spawn limit of {limits.depth}; do the work yourself"
        if limits.fan_out is not None and len(parent.children) >= limits.fan_out:
            return "fan_out", f"{parent.path} has started {len(parent.children)} members, the fan-out limit"
        if limits.agents is not None and self.agents >= limits.agents:
            return "agents", f"the run has started {self.agents} agents, its limit"
        if self.pool.agents is not None and self.pool.running >= self.pool.agents:
            return "pool", f"{self.pool.running} agents are running over all runs, the pool's limit"
        return None

    def content(self, text: str | None) -> str | None:
        """``text`` where texts are recorded, else None."""
        return text if text and self.recorder is not None and self.recorder.capture_content else None

    def enter(self, call: Call) -> None:
        """Count an invocation that was admitted."""
        self.agents += 1
        self.pool.running += 1
        self.max_depth = max(self.max_depth, call.depth)
        if call.parent is not None:
            call.parent.adopt(call)

    def leave(self, call: Call, status: WorkStatus) -> None:
        """Count an invocation out."""
        self.pool.running -= 1
        self.moved(call, status)

    def moved(self, call: Call, status: WorkStatus) -> None:
        """Set where ``call`` stands and tell the observer."""
        call.status = status
        self.tell(call)

    def tell(self, call: Call) -> None:
        """Tell the observer where ``call`` stands; what goes wrong in watching is logged and does not stop the work."""
        if self.observer is None:
            return
        try:
            self.observer(call.status_report())
        except Exception:
            _log.exception("the observer failed at %s; the run goes on", call.path)

    def abort(self, error: RunFailedError) -> None:
        """End the whole run with ``error``."""
        self.fatal = self.fatal or error
        if self.root is not None:
            self.root.stop("error", str(error))

    def declare(self, call: Call, signal: Signal) -> None:
        """Enter a signal into the ledger and into the span of ``call``."""
        if self.declared.get(signal.hash) is call:
            return
        self.declared[signal.hash] = call
        if signal.critical:
            self.critical.setdefault(signal.hash, CriticalSignal(signal, call.path))
        if call.active is None:
            return
        call.note(
            semconv.EVENT_SIGNAL,
            {
                semconv.SIGNAL_TEXT: self.content(signal.text),
                semconv.SIGNAL_VALUE: signal.value,
                semconv.SIGNAL_UNIT: signal.unit,
                semconv.SIGNAL_CRITICAL: signal.critical,
                semconv.SIGNAL_CONFIDENCE: signal.confidence,
                semconv.SIGNAL_SOURCE: signal.source,
                semconv.SIGNAL_HASH: signal.hash,
            },
        )

    def critical_below(self, call: Call) -> list[tuple[str, Signal]]:
        """Critical signals of ``call`` and of those below it, each with the path of who declared it."""
        kept = self.critical.values()
        return [(each.path, each.signal) for each in kept if f"{each.path}/".startswith(f"{call.path}/")]

    def push(self, call: Call, partial: Result) -> None:
        """Keep a partial result of ``call``."""
        call.partials.append(partial)
        if call.parent is not None:
            self.offer(call.parent, partial)
        self.tell(call)

    def offer(self, parent: Call, result: Result) -> None:
        """Let an event-driven parent know of a result or a partial result; safe in any thread."""
        if parent.inbox is not None:
            self.loop.call_soon_threadsafe(parent.inbox.put_nowait, result)

    def flag_gap(self, parent: Call, token: FailureToken) -> None:
        """Record that ``parent`` goes on without a member."""
        self.gaps.append(Gap(parent.path, token))
        if parent.active is None:
            return
        partial = "\n".join(result.text for result in token.partial)
        parent.note(
            semconv.EVENT_GAP,
            {
                semconv.GAP_MEMBER: token.member,
                semconv.GAP_DOMAIN: token.domain,
                semconv.GAP_STATUS: token.status,
                semconv.GAP_REASON: token.reason,
                semconv.GAP_PARTIAL: self.content(partial),
            },
        )

    def seal(self, root: Call, outcome: Outcome) -> Outcome:
        """Append the critical signals that the root's text lacks, and check every one of them by its hash."""
        if isinstance(outcome, Result) and self.forward_critical:
            missing = [kept.signal.text for kept in self.critical.values() if kept.signal.text not in outcome.text]
            if missing:
                lines = "\n".join(f"- {text}" for text in missing)
                text = f"{outcome.text}\n\nCritical signals, verbatim:\n{lines}"
                outcome = outcome.model_copy(update={"text": text})
        for hash_, kept in self.critical.items():
            verified = isinstance(outcome, Result) and stands_in(kept.signal.text, hash_, outcome.text)
            self.critical[hash_] = CriticalSignal(kept.signal, kept.path, verified)
            root.note(
                semconv.EVENT_CRITICAL_CHECK,
                {
                    semconv.SIGNAL_TEXT: self.content(kept.signal.text),
                    semconv.SIGNAL_HASH: hash_,
                    semconv.SIGNAL_VERIFIED: verified,
                },
            )
        return outcome


def stands_in(signal: str, hash_: str, text: str) -> bool:
    """Whether ``text`` holds a passage as long as ``signal`` with the hash that the leaf declared."""
    start = text.find(signal)
    return start >= 0 and content_hash(text[start : start + len(signal)]) == hash_
