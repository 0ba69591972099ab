"""How a run was governed: what was escalated, tried again, approved, undone, left out, offered early or depended on.

The store keeps each kind in a table of the same name and columns as its record here.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

DependencyKind: TypeAlias = Literal["need", "artifact", "link"]
"""A task that waits for another's result, a thing of the name of a sibling that was handed over, a span link."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """One step of a problem on its way up: a level was asked, or answered."""

    invocation_id: str
    """Whose span says so: the one with the problem, or the nearest above that still ran."""
    escalation_id: str | None
    """The same on every step of one problem."""
    reason: str | None
    from_path: str | None
    """Names from the root down to the one with the problem."""
    to_path: str | None
    """The same of the level that was asked."""
    status: str
    """open or resolved."""
    answer: str | None
    """How it was resolved: result, task or member."""
    context: str | None
    at_ns: int | None
    asker_id: str | None = None
    """Invocation with the problem; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a parent did about a member that failed or did not please."""

    invocation_id: str
    """The parent."""
    step: str
    """retry, reassign or revise."""
    member: str | None
    """Who is to do it now."""
    task_id: str | None
    reason: str | None
    at_ns: int | None
    failed_id: str | None = None
    """Invocation that failed or did not please; None where it is not known."""


@dataclass(frozen=True, slots=True)
class SkippedMember:
    """A member that was considered and found irrelevant."""

    invocation_id: str
    """The parent."""
    member: str
    domain: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class PartialSynthesis:
    """A synthesis that could be read before all members had delivered."""

    invocation_id: str
    text: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class Approval:
    """One step of a request to people: it was made, or it ended."""

    invocation_id: str
    """Who asked."""
    approval_id: str | None
    """The same on every step of one request."""
    kind: str | None
    status: str
    """requested, approved, rejected, timeout or cancelled."""
    level: int | None
    """Tier whose approvers decide."""
    quorum: int | None
    waited_ms: float | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class Rollback:
    """One compensation of a group that failed."""

    invocation_id: str
    """Who led the group."""
    label: str | None
    path: str | None
    """Names from the root down to whose work was undone."""
    error: str | None
    """What went wrong in it; None where it worked."""
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class Intervention:
    """Somebody cancelled or redirected a running member."""

    invocation_id: str
    """Its parent."""
    kind: str
    """cancel or redirect."""
    member: str | None
    reason: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class Dependency:
    """A declared need of one invocation for what another made."""

    from_id: str
    """Who made it."""
    to_id: str
    """Who used it."""
    kind: DependencyKind


@dataclass(frozen=True, slots=True)
class Governance:
    """Everything of the kinds above in one run, in the order of its invocations."""

    escalations: tuple[Escalation, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    skipped_members: tuple[SkippedMember, ...] = ()
    partial_syntheses: tuple[PartialSynthesis, ...] = ()
    approvals: tuple[Approval, ...] = ()
    rollbacks: tuple[Rollback, ...] = ()
    interventions: tuple[Intervention, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
