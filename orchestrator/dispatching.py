"""Hand tasks to members in parallel and join them: nobody outlives the join, and finished work is kept."""

import asyncio
from collections.abc import Sequence
from copy import deepcopy

from tierscope.instrumentation import semconv
from tierscope.orchestrator.calls import Call
from tierscope.orchestrator.execution import carry_out, in_words
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import FailureStatus, FailureToken, Joined, Outcome, Result, Task
from tierscope.orchestrator.recovery import Recovery


class Dispatch:
    """One round of tasks under one parent.

    Args:
        parent: the invocation that hands them out.
        join: when it goes on.
        recovery: what it does about members that fail.
    """

    def __init__(self, parent: Call, join: Join, recovery: Recovery | None = None) -> None:
        self.parent = parent
        self._join = join
        self._recovery = recovery or Recovery()
        self._calls: dict[str, Call] = {}
        self._bringing: dict[str, asyncio.Task[None]] = {}
        """What settles each task: it goes on between the invocations, while it waits to try again or for an answer."""
        self._tasks: dict[str, Task] = {}
        self._arrivals: dict[str, asyncio.Event] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._delivered = 0
        self._closing: tuple[FailureStatus, str] | None = None
        self._chain = (*parent.task.chain, parent.member.name)

    async def run(self, work: Sequence[tuple[Member, Task]]) -> Joined:
        """Carry out all of ``work`` and wait for it as the join policy says."""
        for member, task in work:
            self._admit(member, self._addressed(member, task))
        timer = self._start_timer()
        try:
            async with asyncio.TaskGroup() as group:
                for id_, call in self._calls.items():
                    call.aio_task = self._bringing[id_] = group.create_task(self._bring_in(call))
        finally:
            if timer is not None:
                timer.cancel()
            self._gather_up()
        return self._joined()

    @property
    def closed(self) -> bool:
        """Whether the parent has stopped waiting, so that nothing more should be tried."""
        return self._closing is not None

    def latest(self, call: Call) -> Call:
        """The invocation that works, or worked last, on the task of ``call``."""
        return self._calls[call.task.id]

    async def again(self, call: Call, member: Member, task: Task) -> Outcome:
        """Carry out the task of ``call`` once more, by ``member`` and as ``task`` says."""
        refusal = self.parent.run.admit(self.parent, member)
        if refusal is not None:
            return refusal
        addressed = task.model_copy(update={"id": call.task.id, "to": member.name, "chain": self._chain})
        return await carry_out(self._enter(member, addressed))

    def _gather_up(self) -> None:
        """Count out who never started, and keep for the parent what those had done who were cut short."""
        for id_, call in self._calls.items():
            if call.status == "pending":
                self.parent.run.leave(call, "failed")
            if id_ not in self._outcomes:
                self.parent.partials.extend(self._unfinished(call).partial)

    def _unfinished(self, call: Call) -> FailureToken:
        """The failure token of a task that was stopped before, or between, its invocations."""
        if isinstance(call.outcome, Result) and call.outcome not in call.partials:
            call.partials.append(call.outcome)
        reason = call.stopped or self._closing or ("cancelled", "its parent was cancelled")
        return call.failure(*reason)

    def _addressed(self, member: Member, task: Task) -> Task:
        """``task`` with what only the sender knows: receiver, id, chain, and artifacts of the receiver's own."""
        name = task.id or member.name
        id_, number = name, 1
        while id_ in self._tasks:
            number += 1
            id_ = f"{name}#{number}"
        filled: dict[str, object] = {"id": id_, "to": member.name, "chain": self._chain}
        if task.artifacts:
            filled["artifacts"] = deepcopy(dict(task.artifacts))
        self._tasks[id_] = addressed = task.model_copy(update=filled)
        return addressed

    def _admit(self, member: Member, task: Task) -> None:
        parent = self.parent
        refusal = parent.run.admit(parent, member)
        if refusal is not None:
            self._outcomes[task.id] = refusal
            return
        self._enter(member, task)

    def _enter(self, member: Member, task: Task) -> Call:
        call = Call(self.parent.run, member, task, self.parent)
        self.parent.run.enter(call)
        self._calls[task.id] = call
        if self.parent.active is not None:
            _record_handoff(self.parent, task)
        return call

    def _start_timer(self) -> asyncio.TimerHandle | None:
        deadline_s = self._join.deadline_s
        if deadline_s is None:
            return None
        reason = f"{self.parent.member.name} waited {deadline_s:g} s for its members"
        return asyncio.get_running_loop().call_later(deadline_s, self._stop_others, "timeout", reason)

    def _stop_others(self, status: FailureStatus, reason: str) -> None:
        self._closing = (status, reason)
        for id_, call in self._calls.items():
            if id_ in self._outcomes:
                continue
            if call.running:
                call.stop(status, reason)
            else:
                self._bringing[id_].cancel()

    async def _bring_in(self, call: Call) -> None:
        """One task of the round: wait for what it needs, settle it, tell the others."""
        if call.task.needs:
            lacking = await self._wait_for_needs(call)
            if lacking is not None:
                self._deliver(call, lacking)
                return
        try:
            outcome = await self._recovery.settle(self, call)
        except Exception as error:  # a check or an answer of the user's failed: that must not end the siblings
            outcome = self._unfinished(self.latest(call)).model_copy(
                update={"status": "error", "reason": in_words(error)}
            )
        while (instead := self.latest(call).redirected) is not None and not self.closed:
            outcome = await self.again(call, call.member, instead)
        self._deliver(call, outcome)

    async def _wait_for_needs(self, call: Call) -> FailureToken | None:
        """Fill in the inputs of a task; the failure token where one of them did not come."""
        needs = call.task.needs
        for need in needs:
            if need not in self._outcomes:
                await self._arrival(need).wait()
        failed = [need for need in needs if isinstance(self._outcomes[need], FailureToken)]
        if failed:
            return call.failure("cancelled", f"it needs the result of {failed[0]!r}, which did not deliver")
        call.task = call.task.model_copy(update={"inputs": {need: self._outcomes[need] for need in needs}})
        return None

    def _arrival(self, id_: str) -> asyncio.Event:
        return self._arrivals.setdefault(id_, asyncio.Event())

    def _deliver(self, call: Call, outcome: Outcome) -> None:
        id_ = call.task.id
        call.aio_task = None
        self._bringing.pop(id_, None)
        self._outcomes[id_] = outcome
        if isinstance(outcome, Result):
            self.parent.partials.append(outcome)
            self.parent.run.offer(self.parent, outcome)
            self._delivered += 1
            if self._join.reached(self._delivered):
                self._stop_others("cancelled", f"{self._delivered} members delivered, which is enough")
        else:
            self.parent.partials.extend(outcome.partial)
            self.parent.run.flag_gap(self.parent, outcome)
        if id_ in self._arrivals:
            self._arrivals[id_].set()

    def _joined(self) -> Joined:
        results: dict[str, Result] = {}
        failures: dict[str, FailureToken] = {}
        for id_ in self._tasks:
            outcome = self._outcomes.get(id_)
            if outcome is None:
                outcome = self._unfinished(self._calls[id_])
                self.parent.run.flag_gap(self.parent, outcome)
            if isinstance(outcome, Result):
                results[id_] = outcome
            else:
                failures[id_] = outcome
        return Joined(results, failures)


def _record_handoff(parent: Call, task: Task) -> None:
    """Write the handoff of ``task`` into the sender's span."""
    parent.note(
        semconv.EVENT_HANDOFF,
        {
            semconv.HANDOFF_TO: task.to,
            semconv.HANDOFF_TASK_ID: task.id,
            semconv.HANDOFF_TEXT: parent.run.content(task.brief),
            semconv.HANDOFF_DEADLINE_MS: task.deadline_ms,
            semconv.HANDOFF_PRIORITY: task.priority or None,
            semconv.HANDOFF_NEEDS: task.needs or None,
            semconv.HANDOFF_ARTIFACTS: tuple(task.artifacts) or None,
        },
    )
