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
    queued_ms: float | None = None
    """How much of it was waiting for a slot; None where nobody recorded that."""

    @property
    def work_start_ns(self) -> int:
        """When it had its slot, taken to be waited for at its start."""
        return min(self.end_ns, self.start_ns + round((self.queued_ms or 0) * 1e6))


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
    queue_ns: int
    """Of a leaf, how long it waited for a slot after its start."""
    work_ns: int
    """A leaf's duration after that; an orchestrator's time from its last joined member's end to its own."""
    joined: bool
    """Whether its parent waited for it."""
    waited: bool
    """Whether it started when a slot became free."""
    cost_usd: float | None
    members: list[str] = field(default_factory=list[str])
    """In the order in which they started to work: who is first of those that get ready at once."""


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
    was not waited for. Where waiting for slots was recorded, that is how long leaves waited. Else leaves that started
    at the moment another leaf anywhere ended, while as many ran as ever did, are taken to have waited for a slot. One
    that ends before it begins, by skewed clocks, took no time.

    Args:
        invocations: of one run, with times, parents before children, the root first.

    Returns:
        The schedule; replayed without a change it takes exactly the recorded time. None where there is no root.
    """
    recorded = {one.id: one._replace(end_ns=max(one.start_ns, one.end_ns)) for one in invocations}
    root = next(iter(recorded.values()), None)
    if root is None or root.parent_id in recorded:
        return None
    members: dict[str, list[Recorded]] = {}
    for one in recorded.values():
        if one.parent_id in recorded:
            members.setdefault(one.parent_id, []).append(one)
    leaves = [one for one in recorded.values() if one.id not in members]
    if any(one.queued_ms is not None for one in leaves):
        slots, waiting = _most_at_work(leaves), frozenset[str]()
        has_waited = any(one.work_start_ns > one.start_ns for one in leaves)
    else:
        slots, waiting = _find_waiting(leaves)
        has_waited = bool(waiting)
    activities = {root.id: _activity(root, None, root.start_ns, members)}
    todo = [root]
    while todo:
        parent = todo.pop()
        team = members.get(parent.id, [])
        by_end = sorted(team, key=_end_ns)
        for one in sorted(team, key=_work_order):
            after = _trigger(one, parent, by_end)
            ready = parent.start_ns if after is None else after.end_ns
            activity = _activity(one, after, ready, members)
            activity.waited = one.id in waiting
            activity.joined = one.end_ns <= parent.end_ns
            activity.leads = one.domain if parent.id == root.id else None
            activities[one.id] = activity
            activities[parent.id].members.append(one.id)
            todo.append(one)
    return Schedule(root.id, activities, slots if has_waited else None, root.end_ns - root.start_ns)


def _activity(
    one: Recorded,
    after: Recorded | None,
    ready_ns: int,
    members: Mapping[str, Sequence[Recorded]],
) -> Activity:
    joined = [member.end_ns for member in members.get(one.id, ()) if member.end_ns <= one.end_ns]
    starts_work_ns = one.start_ns if one.id in members else one.work_start_ns
    return Activity(
        id=one.id,
        agent=one.agent,
        leads=None,
        parent_id=one.parent_id,
        after_id=after.id if after else None,
        lag_ns=one.start_ns - ready_ns,
        queue_ns=starts_work_ns - one.start_ns,
        work_ns=one.end_ns - max(joined, default=starts_work_ns),
        joined=True,
        waited=False,
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


def _most_at_work(leaves: Sequence[Recorded]) -> int:
    """Most leaves that had a slot at once."""
    starts, ends = sorted(one.work_start_ns for one in leaves), sorted(one.end_ns for one in leaves)
    return max(_running_at(start, starts, ends) for start in starts)


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


def _work_order(one: Recorded) -> tuple[int, int, str]:
    return one.work_start_ns, one.start_ns, one.id
