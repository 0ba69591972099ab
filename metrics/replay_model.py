"""A recorded run as a schedule that can be run again: who starts upon what, how long each works, who waits for whom."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

__all__ = ["Activity", "Recorded", "Schedule", "build_schedule"]

TRIGGER_SHARE: Final = 0.02
"""A member that starts within this share of its parent's time after a sibling's end started because of it."""


class Recorded(NamedTuple):
    """One invocation as recorded."""

    id: str
    parent_id: str | None
    agent: str
    domain: str | None
    start_ns: int
    end_ns: int
    cost_usd: float | None


@dataclass(slots=True)
class Activity:
    """One invocation in a schedule."""

    id: str
    agent: str
    leads: str | None
    """Domain that it leads, of a member of the root."""
    parent_id: str | None
    after_id: str | None
    """Sibling whose end makes it ready; None where the parent's start does."""
    lag_ns: int
    """From that moment to its start, without waiting for a slot."""
    work_ns: int
    """A leaf's duration; an orchestrator's time from its last joined member's end to its own."""
    order_ns: int
    """Recorded start: who is first in line."""
    joined: bool
    """Whether its parent waited for it."""
    waited: bool
    """Whether it started when a slot became free."""
    cost_usd: float | None
    members: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class Schedule:
    """A run that can be replayed."""

    root_id: str
    activities: Mapping[str, Activity]
    """By invocation id, parents before members."""
    slots: int | None
    """How many leaves ran at once at most, where some waited for a slot; None where none did."""
    makespan_ns: int


def build_schedule(invocations: Iterable[Recorded]) -> Schedule | None:
    """Read a schedule from what was recorded.

    A member becomes ready a fixed lag after its parent's start, or after the end of a sibling where it started right
    upon that. Its parent ends a fixed time after the last member that it waited for: one that outlived its parent
    was not waited for. Leaves that started at the moment another leaf anywhere ended, while as many ran as ever
    did, are taken to have waited for a slot.

    Args:
        invocations: of one run, with times, parents before children, the root first.

    Returns:
        The schedule; replayed without a change it takes exactly the recorded time. None where there is no root.
    """
    recorded = {one.id: one for one in invocations}
    root = next(iter(recorded.values()), None)
    if root is None or root.parent_id in recorded:
        return None
    members: dict[str, list[Recorded]] = {}
    for one in recorded.values():
        if one.parent_id in recorded:
            members.setdefault(one.parent_id, []).append(one)
    leaves = [one for one in recorded.values() if one.id not in members]
    slots, waiting = _find_waiting(leaves)
    activities = {root.id: _activity(root, None, root.start_ns, members, waiting=frozenset())}
    todo = [root]
    while todo:
        parent = todo.pop()
        for one in members.get(parent.id, ()):
            after = _trigger(one, parent, members[parent.id])
            ready = parent.start_ns if after is None else after.end_ns
            activity = _activity(one, after, ready, members, waiting)
            activity.joined = one.end_ns <= parent.end_ns
            activity.leads = one.domain if parent.id == root.id else None
            activities[one.id] = activity
            activities[parent.id].members.append(one.id)
            todo.append(one)
    return Schedule(root.id, activities, slots if waiting else None, root.end_ns - root.start_ns)


def _activity(
    one: Recorded,
    after: Recorded | None,
    ready_ns: int,
    members: Mapping[str, Sequence[Recorded]],
    waiting: frozenset[str],
) -> Activity:
    joined = [member.end_ns for member in members.get(one.id, ()) if member.end_ns <= one.end_ns]
    return Activity(
        id=one.id,
        agent=one.agent,
        leads=None,
        parent_id=one.parent_id,
        after_id=after.id if after else None,
        lag_ns=one.start_ns - ready_ns,
        work_ns=one.end_ns - max(joined, default=one.start_ns),
        order_ns=one.start_ns,
        joined=True,
        waited=one.id in waiting,
        cost_usd=one.cost_usd,
    )


def _trigger(one: Recorded, parent: Recorded, siblings: Sequence[Recorded]) -> Recorded | None:
    """The sibling upon whose end a member started; None where it did not wait for any."""
    ended = [other for other in siblings if other.end_ns <= one.start_ns and other.id != one.id]
    if not ended:
        return None
    last = max(ended, key=lambda other: other.end_ns)
    if last.end_ns == last.start_ns == one.start_ns:  # two members without duration do not wait for each other
        return None
    return last if one.start_ns - last.end_ns <= TRIGGER_SHARE * (parent.end_ns - parent.start_ns) else None


def _find_waiting(leaves: Sequence[Recorded]) -> tuple[int, frozenset[str]]:
    """Most leaves that ran at once, and those that started when one of so many ended."""
    changes = sorted([(one.start_ns, 1) for one in leaves] + [(one.end_ns, -1) for one in leaves])
    running, most = 0, 0
    for _, change in changes:
        running += change
        most = max(most, running)
    if most < 2:
        return most, frozenset()
    span = max(one.end_ns for one in leaves) - min(one.start_ns for one in leaves)
    ends = sorted(one.end_ns for one in leaves)
    waiting: set[str] = set()
    for one in leaves:
        before = [end for end in ends if end <= one.start_ns]
        others = sum(other.start_ns <= one.start_ns < other.end_ns for other in leaves)
        upon_end = bool(before) and one.start_ns - before[-1] <= TRIGGER_SHARE * span / 4
        if upon_end and others >= most and _runs_beside_siblings(one, leaves):
            waiting.add(one.id)
    return most, frozenset(waiting)


def _runs_beside_siblings(one: Recorded, leaves: Sequence[Recorded]) -> bool:
    """Whether a sibling runs when a leaf starts: if none does, it follows upon them, and waits for no slot."""
    return any(
        other.parent_id == one.parent_id and other.id != one.id and other.start_ns <= one.start_ns < other.end_ns
        for other in leaves
    )
