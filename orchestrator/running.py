"""Run a hierarchy: ``await run(root, "Is ACME a buy?")``, ``run_sync(...)``, or ``async with start(...)``."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypedDict, Unpack

from tierscope.instrumentation.recorder import active_recorder
from tierscope.instrumentation.recording import RunFacts
from tierscope.orchestrator.approvals import Approvals
from tierscope.orchestrator.budgets import Account, Budget
from tierscope.orchestrator.calls import Call
from tierscope.orchestrator.errors import RunFailedError
from tierscope.orchestrator.execution import carry_out
from tierscope.orchestrator.journal import Journal
from tierscope.orchestrator.limits import Limits, Pool
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import FailureToken, Outcome, Result, StatusReport, Task
from tierscope.orchestrator.reports import RunReport
from tierscope.orchestrator.runstate import RunState
from tierscope.orchestrator.sources import Sources


class RunOptions(TypedDict, total=False):
    """What ``run``, ``run_sync`` and ``start`` take beside the root and its task."""

    limits: Limits
    """How large the tree may grow; by default three tiers below the root."""
    budget: Budget
    """Of the whole tree."""
    pool: Pool
    """Limits shared with other runs."""
    label: str
    """What a person calls this run."""
    task_type: str
    observer: Callable[[StatusReport], None]
    """Told whenever an invocation starts, moves or ends."""
    approvals: Approvals
    """How members get approvals from people."""
    journal: Journal
    """Where results are kept; those of an earlier run are not worked out again."""
    sources: Sources
    """Data sources that agents read with ``current().read(...)``."""
    forward_critical: bool
    """Whether critical signals that the root's text lacks are appended to it; they are checked either way."""


class Running:
    """A run that has been started. Made by ``start``."""

    def __init__(self, state: RunState, root: Call) -> None:
        self._state = state
        self._root = root
        self._started_s = state.loop.time()
        self._ended_s: float | None = None
        self._outcome: Outcome | None = None
        self._run_id: str | None = None
        self._done = asyncio.Event()

    async def perform(self, facts: RunFacts) -> None:
        """Carry out the root; ``start`` does this."""
        try:
            self._outcome = await carry_out(self._root, facts)
        finally:
            self._ended_s = self._state.loop.time()
            self._done.set()

    def status(self) -> list[StatusReport]:
        """Where every invocation stands that was started so far, parents before children."""
        return [call.status_report() for call in self._calls()]

    def cancel(self, path: str, reason: str = "cancelled by a person") -> int:
        """End the running invocations at ``path``; each becomes a failure token, and the others go on.

        Returns:
            How many there were.
        """
        return self._intervene(path, reason, None)

    def redirect(self, path: str, task: Task | str, reason: str = "redirected by a person") -> int:
        """End the running invocations at ``path`` and have their members do ``task`` instead.

        The root goes on: its task is the run's, and another task is another run.

        Returns:
            How many there were.
        """
        return self._intervene(path, reason, Task(intent=task) if isinstance(task, str) else task)

    def _intervene(self, path: str, reason: str, instead: Task | None) -> int:
        calls = self._calls() if instead is None else self._calls()[1:]
        found = [call for call in calls if call.path == path and call.running]
        for call in found:
            call.intervene(reason, instead)
        return len(found)

    def _calls(self) -> list[Call]:
        calls: list[Call] = []
        waiting = [self._root]
        while waiting:
            calls.append(waiting.pop())
            waiting.extend(reversed(calls[-1].children))
        return calls

    def report(self) -> RunReport:
        """What the run has done so far; the whole of it once it has ended."""
        state, outcome = self._state, self._outcome
        if outcome is None:
            outcome = self._root.failure("cancelled", "the run has not ended" if self._ended_s is None else "cancelled")
        return RunReport(
            result=outcome if isinstance(outcome, Result) else None,
            failure=outcome if isinstance(outcome, FailureToken) else None,
            agents=state.agents,
            max_depth=state.max_depth,
            duration_ms=((self._ended_s or state.loop.time()) - self._started_s) * 1000,
            tokens=state.account.tokens,
            usd=state.account.usd,
            critical=tuple(state.critical.values()),
            gaps=tuple(state.gaps),
            refusals=tuple(state.refusals),
            escalations=tuple(state.escalations),
            approvals=tuple(state.decisions),
            rollbacks=tuple(state.rollbacks),
            abandoned=tuple(state.abandoned),
            run_id=state.run_id,
        )

    async def wait(self) -> RunReport:
        """Wait for the end.

        Raises:
            RunFailedError: there is no result; the error's ``report`` says what was done.
        """
        await self._done.wait()
        report = self.report()
        if report.failure is None:
            return report
        error = self._state.fatal or RunFailedError(
            f"the run failed: {report.failure.member}: {report.failure.status}, {report.failure.reason}"
        )
        error.report = report
        raise error


@asynccontextmanager
async def start(root: Member, task: Task | str, **options: Unpack[RunOptions]) -> AsyncGenerator[Running, None]:
    """Start a run that can be watched and stopped while it goes on; leaving the block ends it.

    Args:
        root: the top of the hierarchy.
        task: what it is asked.
        options: see ``RunOptions``.
    """
    limits = options.get("limits", Limits())
    budget = options.get("budget", Budget())
    given = Task(intent=task) if isinstance(task, str) else task
    state = RunState(
        limits=limits,
        pool=options.get("pool") or Pool(),
        account=Account("the run", budget),
        recorder=active_recorder(),
        observer=options.get("observer"),
        forward_critical=options.get("forward_critical", True),
        approvals=options.get("approvals"),
        journal=options.get("journal"),
        sources=options.get("sources"),
    )
    call = Call(state, root, given.model_copy(update={"id": given.id or root.name, "to": root.name}), None)
    state.root = call
    state.enter(call)
    running = Running(state, call)
    facts = RunFacts(label=options.get("label"), task_type=options.get("task_type"), spawn_limit=limits.depth)
    timer = None
    if budget.wall_s is not None:
        reason = f"the run used up its {budget.wall_s:g} s of wall time"
        timer = asyncio.get_running_loop().call_later(budget.wall_s, call.stop, "budget", reason)
    performing = asyncio.create_task(running.perform(facts))
    try:
        yield running
    finally:
        performing.cancel()
        while not performing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([performing])
        if timer is not None:
            timer.cancel()
        state.close()


async def run(root: Member, task: Task | str, **options: Unpack[RunOptions]) -> RunReport:
    """Run a hierarchy to its end.

    Args:
        root: the top of the hierarchy.
        task: what it is asked.
        options: see ``RunOptions``.

    Raises:
        RunFailedError: there is no result; the error's ``report`` says what was done.
        SpawnLimitError: an agent spawned past a limit and ``on_limit`` is "fail".
    """
    async with start(root, task, **options) as running:
        return await running.wait()


def run_sync(root: Member, task: Task | str, **options: Unpack[RunOptions]) -> RunReport:
    """``run`` for code that is not async; Ctrl-C ends every agent before it is raised."""
    return asyncio.run(run(root, task, **options))
