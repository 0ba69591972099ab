"""What passes between tiers: tasks go down, results, syntheses and failure tokens come up.

Every message is a frozen pydantic model: wrong fields are refused where they are made, and all of them can be
written to a journal and read back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from tierscope.instrumentation.content import content_hash, text_of

FailureStatus: TypeAlias = Literal["timeout", "error", "cancelled", "budget", "empty", "invalid", "refused"]
WorkStatus: TypeAlias = Literal["pending", "in_progress", "blocked", "complete", "failed"]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class Message(BaseModel):
    """Base of all messages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """As pydantic's, which likewise checks nothing, at a fifth of its cost: every handoff is a copy."""
        if deep:
            return super().model_copy(update=update, deep=True)
        copy = self.__class__.__new__(self.__class__)
        object.__setattr__(copy, "__dict__", {**self.__dict__, **(update or {})})
        object.__setattr__(copy, "__pydantic_fields_set__", self.__pydantic_fields_set__)
        object.__setattr__(copy, "__pydantic_extra__", None)
        object.__setattr__(copy, "__pydantic_private__", None)
        return copy


class Signal(Message):
    """One atomic piece of information; a critical one reaches the root verbatim."""

    text: Annotated[str, Field(min_length=1)]
    critical: bool = False
    value: float | str | None = None
    unit: str | None = None
    confidence: Share | None = None
    source: str | None = None
    """Name of the data source."""

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the text, by which the root is checked."""
        return content_hash(self.text)


class Result(Message):
    """What a member returns: the atomic result of a leaf, and the base of what orchestrators return."""

    text: str = ""
    value: Any = None
    """The result as data; JSON-like where the run is to be resumed from a journal."""
    confidence: Share | None = None
    source: str | None = None
    signals: tuple[Signal, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing was returned: that is a failure, too."""
        return not self.text.strip() and self.value is None and not self.signals


class FailureToken(Message):
    """A member that was late, silent, wrong, cancelled or refused, with what it had done by then."""

    member: str
    domain: str | None = None
    status: FailureStatus
    reason: str = ""
    partial: tuple[Result, ...] = ()

    @property
    def text(self) -> str:
        """The token in one line, for a synthesis to quote."""
        attached = f"attached ({len(self.partial)})" if self.partial else "none"
        return f"{self.domain or self.member}: {self.status}, {self.reason.rstrip('.')}; partial results: {attached}"


Outcome: TypeAlias = Result | FailureToken
"""Every member ends in exactly one of the two."""


class Task(Message):
    """Work for one member. A planner sets the first fields; the orchestrator fills in the rest at the handoff."""

    intent: str
    to: str | None = None
    """Name of the member; None leaves the choice to the delegation strategy."""
    id: str = ""
    """Unique within its plan; by default the member's name, numbered where that is taken."""
    type: str | None = None
    """Capability that it asks for."""
    skills: tuple[str, ...] = ()
    """Skills that it asks for."""
    context: str = ""
    """What the receiver must know, narrowed to its part."""
    requirements: tuple[str, ...] = ()
    artifacts: Mapping[str, Any] = {}
    """Things by name; every receiver gets a copy of its own."""
    deadline_ms: Annotated[float, Field(gt=0)] | None = None
    """How long the member has from the handoff."""
    priority: int = 0
    """Higher is started earlier where there are fewer slots than tasks."""
    needs: tuple[str, ...] = ()
    """Ids of tasks in the same plan whose results it waits for."""

    inputs: Mapping[str, Result] = {}
    """Results of ``needs``, by id."""
    feedback: str = ""
    """What a quality check found wrong with the previous attempt."""
    chain: tuple[str, ...] = ()
    """Who handed it on, from the origin of the request down to the sender."""

    @property
    def sender(self) -> str | None:
        """Who handed it over last."""
        return self.chain[-1] if self.chain else None

    @property
    def origin(self) -> str | None:
        """Who the request came from."""
        return self.chain[0] if self.chain else None

    @property
    def brief(self) -> str:
        """The handoff as text: intent, context, requirements, feedback."""
        parts = [self.intent, self.context, *(f"Required: {line}" for line in self.requirements)]
        if self.feedback:
            parts.append(f"Revise: {self.feedback}")
        return "\n".join(part for part in parts if part)


class Conflict(Message):
    """Results that contradicted each other, and how that was resolved."""

    kept: str
    dropped: str
    why: str


class Synthesis(Result):
    """What an orchestrator makes of its members' results; ``text`` is the narrative."""

    supporting: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    gaps: tuple[FailureToken, ...] = ()
    flags: tuple[str, ...] = ()
    """Reasons to trust it less."""


class Brief(Synthesis):
    """What the root hands to people; ``text`` is the assessment."""

    risks: tuple[str, ...] = ()
    relationships: tuple[str, ...] = ()
    """Findings of different domains that support each other."""
    contradictions: tuple[str, ...] = ()
    """Findings of different domains that do not go together."""
    conviction: Share | None = None


class StatusReport(Message):
    """Where one invocation stands."""

    path: str
    """Names from the root down, such as ``root/macro/gdp``."""
    task_id: str
    status: WorkStatus
    progress: Share | None = None
    """None where the agent does not say."""
    partial: str | None = None
    """Text of its latest partial output."""
    blockers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """What came back to an orchestrator: results and failures by task id, in the order of the plan."""

    results: Mapping[str, Result] = field(default_factory=dict[str, Result])
    failures: Mapping[str, FailureToken] = field(default_factory=dict[str, FailureToken])

    @property
    def gaps(self) -> tuple[FailureToken, ...]:
        """Members that were started and did not deliver."""
        return tuple(token for token in self.failures.values() if token.status != "refused")

    @property
    def refusals(self) -> tuple[FailureToken, ...]:
        """Members that a limit kept from starting."""
        return tuple(token for token in self.failures.values() if token.status == "refused")


_NOTHING: Final = Result()


def as_outcome(value: object) -> Outcome | None:
    """What an agent returned, as a message: text and data are wrapped, None stays None."""
    if value is None or isinstance(value, Result | FailureToken):
        return value
    if isinstance(value, str):
        return _NOTHING.model_copy(update={"text": value})
    return Result(text=text_of(value), value=value)
