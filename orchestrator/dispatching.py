"""Hand tasks to members in parallel and join them: nobody outlives the join, and finished work is kept."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from copy import deepcopy
from typing import Any, TypeAlias

from tierscope.instrumentation import semconv
from tierscope.orchestrator.calls import Call
from tierscope.orchestrator.execution import carry_out
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import FailureStatus, FailureToken, Joined, Outcome, Result, Task

Settle: TypeAlias = Callable[[Call], Coroutine[Any, Any, Outcome]]
"""How one admitted task is brought to its outcome; ``carry_out`` is the plainest."""
Arrived: TypeAlias = Callable[[Task, Outcome], Coroutine[Any, Any, None]]


class Dispatch:
    """One round of tasks under one parent.

    Args:
        parent: the invocation that hands them out.
        join: when it goes on.
        settle: how one task is brought to its outcome.
        arrived: told of every outcome as it comes.
    """

    def __init__(self, parent: Call, join: Join, settle: Settle = carry_out, arrived: Arrived | None = None) -> None:
        self._parent = parent
        self._join = join
        self._settle = settle
        self._arrived = arrived
        self._calls: dict[str, Call] = {}
        self._tasks: dict[str, Task] = {}
        self._arrivals: dict[str, asyncio.Event] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._delivered = 0
        self._chain = (*parent.task.chain, parent.member.name)

    async def run(self, work: Sequence[tuple[Member, Task]]) -> Joined:
        """Carry out all of ``work`` and wait for it as the join policy says."""
        for member, task in work:
            self._admit(member, self._addressed(member, task))
        timer = self._start_timer()
        try:
            async with asyncio.TaskGroup() as group:
                for call in self._calls.values():
                    call.aio_task = group.create_task(self._bring_in(call))
        finally:
            if timer is not None:
                timer.cancel()
            self._gather_up()
        return self._joined()

    def _gather_up(self) -> None:
        """Count out who never started, and keep for the parent what those had done who were cut short."""
        for id_, call in self._calls.items():
            if call.status == "pending":
                self._parent.run.leave(call, "failed")
            if id_ not in self._outcomes:
                self._parent.partials.extend(call.partials)

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
        parent = self._parent
        refusal = parent.run.admit(parent, member)
        if refusal is not None:
            self._outcomes[task.id] = refusal
            return
        call = Call(parent.run, member, task, parent)
        parent.run.enter(call)
        self._calls[task.id] = call
        if parent.active is not None:
            record_handoff(parent, task)

    def _start_timer(self) -> asyncio.TimerHandle | None:
        deadline_s = self._join.deadline_s
        if deadline_s is None:
            return None
        reason = f"{self._parent.member.name} waited {deadline_s:g} s for its members"
        return asyncio.get_running_loop().call_later(deadline_s, self._stop_others, "timeout", reason)

    def _stop_others(self, status: FailureStatus, reason: str) -> None:
        for id_, call in self._calls.items():
            if id_ not in self._outcomes:
                call.stop(status, reason)

    async def _bring_in(self, call: Call) -> None:
        """One task of the round: wait for what it needs, settle it, tell the others."""
        if call.task.needs:
            lacking = await self._wait_for_needs(call)
            if lacking is not None:
                await self._deliver(call, lacking)
                return
        await self._deliver(call, await self._settle(call))

    async def _wait_for_needs(self, call: Call) -> FailureToken | None:
        """Fill in the inputs of a task; the failure token where one of them did not come."""
        task = call.task
        for need in task.needs:
            if need not in self._outcomes:
                await self._arrival(need).wait()
        failed = [need for need in task.needs if isinstance(self._outcomes[need], FailureToken)]
        if failed:
            return call.failure("cancelled", f"it needs the result of {failed[0]!r}, which did not deliver")
        call.task = task.model_copy(update={"inputs": {need: self._outcomes[need] for need in task.needs}})
        return None

    def _arrival(self, id_: str) -> asyncio.Event:
        return self._arrivals.setdefault(id_, asyncio.Event())

    async def _deliver(self, call: Call, outcome: Outcome) -> None:
        id_ = call.task.id
        self._outcomes[id_] = outcome
        if isinstance(outcome, Result):
            self._parent.partials.append(outcome)
            self._delivered += 1
            if self._join.reached(self._delivered):
                self._stop_others("cancelled", f"{self._delivered} members delivered, which is enough")
        else:
            self._parent.partials.extend(outcome.partial)
            self._parent.run.flag_gap(self._parent, outcome)
        if id_ in self._arrivals:
            self._arrivals[id_].set()
        if self._arrived is not None:
            await self._arrived(call.task, outcome)

    def _joined(self) -> Joined:
        results: dict[str, Result] = {}
        failures: dict[str, FailureToken] = {}
        for id_ in self._tasks:
            outcome = self._outcomes.get(id_)
            if outcome is None:
                call = self._calls[id_]
                outcome = call.failure(*(call.stopped or ("cancelled", "it was cancelled before it started")))
                self._parent.run.flag_gap(self._parent, outcome)
            if isinstance(outcome, Result):
                results[id_] = outcome
            else:
                failures[id_] = outcome
        return Joined(results, failures)


def record_handoff(parent: Call, task: Task) -> None:
    """Write the handoff of ``task`` into the sender's span."""
    recorder = parent.run.recorder
    parent.note(
        semconv.EVENT_HANDOFF,
        {
            semconv.HANDOFF_TO: task.to,
            semconv.HANDOFF_TASK_ID: task.id,
            semconv.HANDOFF_TEXT: task.brief if recorder is not None and recorder.capture_content else None,
            semconv.HANDOFF_DEADLINE_MS: task.deadline_ms,
        },
    )
