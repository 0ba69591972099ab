"""A recorded run as a schedule that can be run again: who starts upon what, how long each works, who waits for whom."""

from bisect import bisect_right
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
        team = members.get(parent.id, [])
        by_end = sorted(team, key=_end_ns)
        for one in team:
            after = _trigger(one, parent, by_end)
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


def _trigger(one: Recorded, parent: Recorded, by_end: Sequence[Recorded]) -> Recorded | None:
    """The sibling upon whose end a member started; None where it did not wait for any.

    Args:
        one: the member.
        parent: of both.
        by_end: all members of the parent, by their end.
    """
    place = bisect_right(by_end, one.start_ns, key=_end_ns)
    last = next((other for other in reversed(by_end[max(0, place - 2) : place]) if other.id != one.id), None)
    if last is None or last.end_ns == last.start_ns == one.start_ns:  # two without duration do not wait for each other
        return None
    return last if one.start_ns - last.end_ns <= TRIGGER_SHARE * (parent.end_ns - parent.start_ns) else None


def _find_waiting(leaves: Sequence[Recorded]) -> tuple[int, frozenset[str]]:
    """Most leaves that ran at once, and those that started when one of so many ended."""
    starts, ends = sorted(one.start_ns for one in leaves), sorted(one.end_ns for one in leaves)
    running = {one.id: _running_at(one.start_ns, starts, ends) for one in leaves}
    most = max(running.values(), default=0)
    if most < 2:
        return most, frozenset()
    nearness = TRIGGER_SHARE / 4 * (ends[-1] - starts[0])
    teams: dict[str | None, list[Recorded]] = {}
    for one in leaves:
        teams.setdefault(one.parent_id, []).append(one)
    waiting: set[str] = set()
    for team in teams.values():
        team_starts, team_ends = sorted(one.start_ns for one in team), sorted(one.end_ns for one in team)
        for one in team:
            ended = bisect_right(ends, one.start_ns)
            upon_end = ended > 0 and one.start_ns - ends[ended - 1] <= nearness
            # Where no sibling runs, it follows upon them, and waits for no slot.
            beside = _running_at(one.start_ns, team_starts, team_ends) > 1
            if upon_end and beside and running[one.id] >= most:
                waiting.add(one.id)
    return most, frozenset(waiting)


def _running_at(time_ns: int, starts: Sequence[int], ends: Sequence[int]) -> int:
    """How many have started by a time and not ended, of which the starts and ends are given in order."""
    return bisect_right(starts, time_ns) - bisect_right(ends, time_ns)


def _end_ns(one: Recorded) -> int:
    return one.end_ns
