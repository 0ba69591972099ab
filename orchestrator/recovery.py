"""What a parent does about a member that fails or does not please: revise, retry, reassign, escalate."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tierscope.errors import SettingsError
from tierscope.instrumentation import semconv
from tierscope.orchestrator.calls import Call
from tierscope.orchestrator.escalation import EscalationReason, escalate
from tierscope.orchestrator.execution import carry_out
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import FailureToken, Outcome, Result, Task

if TYPE_CHECKING:
    from tierscope.orchestrator.dispatching import Dispatch

Check: TypeAlias = Callable[[Task, Result], Awaitable[str | None] | str | None]
"""What is wrong with a result, as feedback for its author; None where nothing is."""

_WORTH_ANOTHER_TRY: Final = frozenset({"timeout", "error", "empty", "invalid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """The ladder, step by step; a step that helps ends it."""

    check: Check | None = None
    """Quality check of every result."""
    revisions: int = 1
    """How often a member may revise a result that the check refused."""
    retries: int = 0
    """How often a member that failed is tried again."""
    backoff_s: float = 0.1
    """Wait before the first retry; doubled before every further one."""
    reassign: bool = False
    """Then give the task to siblings that have the capability."""
    escalate: bool = False
    """Then ask the levels above."""

    def __post_init__(self) -> None:
        if min(self.revisions, self.retries, self.backoff_s) < 0:
            raise SettingsError(
                f"revisions={self.revisions}, retries={self.retries} and backoff_s={self.backoff_s} "
                "count upwards: use 0 or more."
            )

    async def settle(self, dispatch: "Dispatch", call: Call) -> Outcome:
        """Bring one task to its outcome."""
        outcome = await self._checked(dispatch, call, await carry_out(call))
        for attempt in range(self.retries):
            if not self._worth_it(dispatch, call, outcome):
                break
            await asyncio.sleep(self.backoff_s * 2**attempt)
            outcome = await self._again(dispatch, call, "retry", call.member, outcome)
        if self.reassign:
            for sibling in self._siblings(dispatch, call):
                if not self._worth_it(dispatch, call, outcome):
                    break
                outcome = await self._again(dispatch, call, "reassign", sibling, outcome)
        if isinstance(outcome, FailureToken) and (self.escalate or dispatch.latest(call).asks is not None):
            outcome = await self._escalate(dispatch, call, outcome)
        return outcome

    def _worth_it(self, dispatch: "Dispatch", call: Call, outcome: Outcome) -> bool:
        """Whether a failure is of a kind that another try may mend, and there is still time."""
        return (
            isinstance(outcome, FailureToken)
            and outcome.status in _WORTH_ANOTHER_TRY
            and dispatch.latest(call).asks is None
            and not dispatch.closed
        )

    async def _checked(self, dispatch: "Dispatch", call: Call, outcome: Outcome) -> Outcome:
        """Have a result revised until the check is content, or turn it into an invalid one."""
        for revision in range(self.revisions + 1):
            if self.check is None or isinstance(outcome, FailureToken):
                return outcome
            feedback = await call.run.ask(self.check, call.task, outcome)
            if feedback is None:
                return outcome
            if revision == self.revisions or dispatch.closed:
                return FailureToken(
                    member=call.member.name, domain=call.domain, status="invalid", reason=feedback, partial=(outcome,)
                )
            member = dispatch.latest(call).member
            _record(call, "revise", member, feedback)
            inputs = {**call.task.inputs, member.name: outcome}
            task = call.task.model_copy(update={"feedback": feedback, "inputs": inputs})
            outcome = await dispatch.again(call, member, task)
        return outcome

    async def _again(self, dispatch: "Dispatch", call: Call, step: str, member: Member, outcome: Outcome) -> Outcome:
        _record(call, step, member, outcome.reason if isinstance(outcome, FailureToken) else "")
        return await self._checked(dispatch, call, await dispatch.again(call, member, call.task))

    def _siblings(self, dispatch: "Dispatch", call: Call) -> list[Member]:
        """The others who could do it: those that can do the task's type, else those with a common capability."""
        wanted = {call.task.type} if call.task.type is not None else set(call.member.capabilities)
        others = [member for member in dispatch.parent.member.members if member.name != call.member.name]
        return [member for member in others if wanted & set(member.capabilities)]

    async def _escalate(self, dispatch: "Dispatch", call: Call, failure: FailureToken) -> Outcome:
        """Ask the levels above the parent; for what an agent raised itself, the parent is asked first."""
        asks = dispatch.latest(call).asks
        levels = dispatch.parent.upward() if asks is not None else dispatch.parent.upward()[1:]
        reason: EscalationReason = "beyond_capability" if asks is None else asks.reason
        context = failure.reason if asks is None else asks.context
        answer = await escalate(call, levels, reason, context)
        if isinstance(answer, Task):
            return await dispatch.again(call, call.member, answer)
        if isinstance(answer, Member):
            return await dispatch.again(call, answer, call.task)
        if answer is None:
            return failure
        return Result(text=answer) if isinstance(answer, str) else answer


def _record(call: Call, step: str, member: Member, reason: str) -> None:
    if call.parent is not None:
        call.parent.note(
            semconv.EVENT_RECOVERY,
            {
                semconv.RECOVERY_STEP: step,
                semconv.RECOVERY_MEMBER: member.name,
                semconv.RECOVERY_TASK_ID: call.task.id,
                semconv.RECOVERY_REASON: reason,
            },
        )
