"""Escalation: a problem goes one level up until somebody answers it; an emergency goes straight to the top."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from tierscope.errors import OrchestrationError
from tierscope.instrumentation import semconv
from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import Result, Task

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

EscalationReason: TypeAlias = Literal[
    "beyond_capability", "resource_conflict", "policy_decision", "cross_team", "emergency", "approval_required"
]
Answer: TypeAlias = Result | Task | Member | str | None
"""A result settles it; a task is tried instead; a member is given the task; None leaves it to the next level."""


@dataclass(slots=True)
class Escalation:
    """One problem that was taken up the hierarchy."""

    id: str
    path: str
    """Invocation that has the problem."""
    task: Task
    reason: EscalationReason
    context: str
    status: Literal["open", "resolved"] = "open"
    asked: tuple[str, ...] = ()
    """Paths of the levels that were asked, in order."""
    resolution: str | None = None
    """What the answer was: its text, the new intent, or the member's name."""

    @property
    def resolved_by(self) -> str | None:
        """Path of the level that answered."""
        return self.asked[-1] if self.status == "resolved" else None


Answerer: TypeAlias = Callable[[Escalation], Awaitable[Answer] | Answer]


class EscalationNeeded(OrchestrationError):  # noqa: N818 - agents raise it to say so, not to fail
    """Raise it in an agent that should not be retried: the problem belongs to the level above.

    Args:
        reason: why; ``emergency`` goes straight to the top.
        context: what the level above must know.
    """

    def __init__(self, reason: EscalationReason, context: str) -> None:
        super().__init__(context)
        self.reason: EscalationReason = reason
        self.context = context

    def __reduce__(self) -> tuple[type["EscalationNeeded"], tuple[str, str]]:
        return type(self), (self.reason, self.context)


async def escalate(call: "Call", levels: "list[Call]", reason: EscalationReason, context: str) -> Answer:
    """Ask ``levels`` in turn for an answer to the problem of ``call``.

    Args:
        call: the invocation that has the problem.
        levels: whom to ask, nearest first; of these an emergency asks the last one only.
        reason: why it is escalated.
        context: what they must know.

    Returns:
        The first answer; None where nobody has one, and the escalation stays open.
    """
    run = call.run
    escalation = Escalation(f"{call.path}!{len(run.escalations) + 1}", call.path, call.task, reason, context)
    run.escalations.append(escalation)
    for level in levels[-1:] if reason == "emergency" else levels:
        escalation.asked = (*escalation.asked, level.path)
        _record(call, escalation, level)
        answerer = getattr(level.member, "answer", None)
        answer: Answer = None if answerer is None else await run.ask_as(level, answerer, escalation)
        if answer is not None:
            escalation.status = "resolved"
            escalation.resolution = _in_words(answer)
            _record(level, escalation, level, _kind(answer))
            return answer
    return None


def _in_words(answer: Answer) -> str:
    if isinstance(answer, Result):
        return answer.text
    if isinstance(answer, Task):
        return answer.intent
    return answer.name if isinstance(answer, Member) else answer or ""


def _kind(answer: Answer) -> str:
    if isinstance(answer, Task):
        return "task"
    return "member" if isinstance(answer, Member) else "result"


def _record(call: "Call", escalation: Escalation, level: "Call", answer: str | None = None) -> None:
    """Write the state of the escalation into the span of who is concerned, or of the nearest one that still runs."""
    noted = call if call.running or call.parent is None else call.parent
    noted.note(
        semconv.EVENT_ESCALATION,
        {
            semconv.ESCALATION_ID: escalation.id,
            semconv.ESCALATION_REASON: escalation.reason,
            semconv.ESCALATION_FROM: escalation.path,
            semconv.ESCALATION_TO: level.path,
            semconv.ESCALATION_STATUS: escalation.status,
            semconv.ESCALATION_CONTEXT: call.run.content(escalation.context),
            semconv.ESCALATION_ANSWER: answer,
        },
    )
