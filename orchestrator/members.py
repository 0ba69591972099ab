"""Who can be given a task: agents, and everything else that is performed (orchestrators, pipelines)."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pydantic import BaseModel

from tierscope.errors import SettingsError
from tierscope.orchestrator.budgets import Budget
from tierscope.orchestrator.messages import Task

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

Work: TypeAlias = Callable[[Task], Awaitable[object] | object]
"""What an agent does with a task; sync callables run in a thread. It may return text, data or a ``Result``."""
Predicate: TypeAlias = Callable[[Task], Awaitable[bool] | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(ABC):
    """Something that takes a task and returns a result. Subclass it for a topology of your own."""

    name: str = field(kw_only=False)
    role: str | None = None
    """Declared role, such as executive, manager, specialist, worker."""
    domain: str | None = None
    """Subject area; by default that of the parent."""
    capabilities: tuple[str, ...] = ()
    """Task types that it takes."""
    skills: Mapping[str, float] = field(default_factory=dict[str, float])
    """How good it is at what, for delegation by skill."""
    deadline_s: float | None = None
    """How long one invocation may take."""
    budget: Budget | None = None
    """For it and everything below it."""
    returns: type[BaseModel] | None = None
    """What its ``value`` must be; anything else is an invalid result."""
    accepts: type[BaseModel] | None = None
    """What the value of the step before it must be, in a pipeline."""
    relevant: Predicate | None = None
    """Asked before it is given a task; where it says no, nothing is spawned (lazy tier)."""
    transactional: bool = False
    """Where it fails, the compensations registered by it and below it are run."""

    def __post_init__(self) -> None:
        if not self.name or "/" in self.name:
            raise SettingsError(f"{self.name!r} cannot be the name of a member: use a text without '/'.")
        if self.deadline_s is not None and self.deadline_s <= 0:
            raise SettingsError(
                f"{self.name}: a deadline of {self.deadline_s} s is over before it starts: use more than 0."
            )

    @property
    def members(self) -> "tuple[Member, ...]":
        """Those below it, as far as they are known before the run."""
        return ()

    @abstractmethod
    async def perform(self, call: "Call") -> object:
        """Do ``call.task`` and return text, data or a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Member):
    """A leaf: any callable that takes a task."""

    work: Work = field(kw_only=False)

    async def perform(self, call: "Call") -> object:
        """Run the callable."""
        return await call.at_work(self.work)
