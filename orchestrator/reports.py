"""What a run leaves behind."""

from dataclasses import dataclass

from tierscope.orchestrator.approvals import Approval
from tierscope.orchestrator.escalation import Escalation
from tierscope.orchestrator.messages import FailureToken, Result, Signal
from tierscope.orchestrator.rollback import Rollback


@dataclass(frozen=True, slots=True)
class CriticalSignal:
    """A critical signal, and whether it stands verbatim in what the root returned."""

    signal: Signal
    path: str
    """Invocation that declared it."""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A spawn that a limit kept from happening."""

    path: str
    """Invocation that tried."""
    member: str
    depth: int
    """Tier that the member would have had."""
    reason: str


@dataclass(frozen=True, slots=True)
class Abandoned:
    """A sync callable that was still running in its thread when its invocation ended."""

    path: str
    function: str
    """Qualified name of the callable."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A failure token that a parent went on with."""

    path: str
    """The parent."""
    token: FailureToken


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run returned and what happened in it."""

    result: Result | None
    """None where the run failed."""
    failure: FailureToken | None
    agents: int
    """Invocations, retries included."""
    max_depth: int
    """Deepest tier that was spawned; the root is 0."""
    duration_ms: float
    tokens: int
    """Booked on the run's budget."""
    usd: float
    """Booked on the run's budget."""
    critical: tuple[CriticalSignal, ...] = ()
    gaps: tuple[Gap, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    """Open and resolved ones."""
    approvals: tuple[Approval, ...] = ()
    rollbacks: tuple[Rollback, ...] = ()
    abandoned: tuple[Abandoned, ...] = ()
    """Threads that were left behind: they end when their calls return, or with the program."""
    run_id: str | None = None
    """Trace id of the recorded run; None where nothing was recorded."""

    @property
    def text(self) -> str:
        """Text of the result, else of the failure."""
        if self.result is not None:
            return self.result.text
        return "" if self.failure is None else self.failure.text
