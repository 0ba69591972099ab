"""Undoing what a group has done: compensations run in reverse when a transactional member fails."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from tierscope.instrumentation import semconv

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

Undo: TypeAlias = Callable[[], Awaitable[object] | object]


@dataclass(frozen=True, slots=True)
class Compensation:
    """How to undo one thing that was done."""

    path: str
    """Invocation that did it."""
    label: str
    undo: Undo


@dataclass(frozen=True, slots=True)
class Rollback:
    """One compensation that was run."""

    path: str
    label: str
    error: str | None
    """What went wrong; None where it worked."""


async def roll_back(call: "Call") -> None:
    """Run every compensation of ``call`` and below, the latest first; one that fails does not stop the others."""
    while call.compensations:
        *earlier, step = call.compensations
        call.compensations = tuple(earlier)
        error: str | None = None
        try:
            await call.run.ask(step.undo)
        except Exception as caught:
            error = f"{type(caught).__name__}: {caught}"
        call.run.rollbacks.append(Rollback(step.path, step.label, error))
        call.note(
            semconv.EVENT_ROLLBACK,
            {
                semconv.ROLLBACK_PATH: step.path,
                semconv.ROLLBACK_LABEL: step.label,
                semconv.ROLLBACK_ERROR: error,
            },
        )
