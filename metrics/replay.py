"""Replaying a schedule with changes: what would have happened, had it been run differently."""

import heapq
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, Literal, NamedTuple, TypeAlias

from tierscope.metrics.replay_model import Activity, Schedule

__all__ = ["Changes", "Outcome", "replay"]

_Event: TypeAlias = Literal["ready", "end", "cut"]
_FIRST: Final[Mapping[_Event, int]] = {"end": 0, "cut": 1, "ready": 2}
"""At one moment, who ends frees its slot before anyone starts, and beats its own deadline."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do differently. Names are those of agents; a domain's name means the member of the root that leads it."""

    faster: Mapping[str, float] = field(default_factory=dict[str, float])
    """Agent -> how many times as fast its own work is."""
    deadline_ms: Mapping[str, float] = field(default_factory=dict[str, float])
    """Agent -> after how long its parent goes on without it."""
    quorum: Mapping[str, int] = field(default_factory=dict[str, int])
    """Agent -> of how many of its members it waits for the results; the others are cancelled."""
    remove: Sequence[str] = ()
    """Agents to leave out: their members work for their parent."""
    slots: int | None = None
    """How many leaves may run at once; None for as many as the recording shows."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done differently."""
        return not (self.faster or self.deadline_ms or self.quorum or self.remove) and self.slots is None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a replay comes to."""

    makespan_ns: int
    timed_out: tuple[str, ...]
    """Invocations cut by a deadline: each leaves a gap."""
    cancelled: tuple[str, ...]
    """Invocations that were not needed any more, or stood below one that was cut."""
    cost_usd: float | None
    """Of what ran, each for the share of its work that it did; None where no cost is known."""


class _Entry(NamedTuple):
    at_ns: int
    rank: int
    number: int
    """Of two at one moment, the one that was planned first comes first, as in an event loop."""
    event: _Event
    id: str


def replay(schedule: Schedule, changes: Changes | None = None) -> Outcome:
    """Run a schedule again.

    Leaves take a slot in the order in which they get ready, siblings that get ready at once in that of the recording;
    orchestrators need none.

    Args:
        schedule: what was recorded.
        changes: what to do differently; nothing where None, and then the makespan is the recorded one.
    """
    changes = changes or Changes()
    if changes.is_empty:
        return _Replay(schedule.activities, schedule, changes, slots=None).run()
    activities = {id_: replace(one, members=list(one.members)) for id_, one in schedule.activities.items()}
    slots = changes.slots or schedule.slots
    if slots is not None:
        _forget_waiting(activities)
    for name in changes.remove:
        _remove(activities, name)
    return _Replay(activities, schedule, changes, slots).run()


class _Replay:
    """One discrete-event simulation."""

    def __init__(
        self, activities: Mapping[str, Activity], schedule: Schedule, changes: Changes, slots: int | None
    ) -> None:
        self._activities = activities
        self._root = activities[schedule.root_id]
        self._changes = changes
        self._free = slots
        self._queue: deque[str] = deque()
        self._events: list[_Entry] = []
        self._numbers = count()
        self._started: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._timed_out: list[str] = []
        self._cancelled: list[str] = []
        self._holding: set[str] = set()
        self._closing: set[str] = set()
        self._awaited = {one.id: sum(activities[id_].joined for id_ in one.members) for one in activities.values()}
        """Orchestrator -> members that it waits for and that have not ended."""
        self._delivered: dict[str, int] = {}
        """Orchestrator -> members that have ended in time."""
        self._followers: dict[str, list[str]] = {}
        for one in activities.values():
            if one.after_id is not None:
                self._followers.setdefault(one.after_id, []).append(one.id)

    def run(self) -> Outcome:
        """Process events until the root has ended."""
        self._push(0, "ready", self._root.id)
        while self._events and self._root.id not in self._ended:
            entry = heapq.heappop(self._events)
            if entry.id in self._ended:
                continue
            match entry.event:
                case "ready":
                    self._make_ready(entry.id, entry.at_ns)
                case "end":
                    self._end(entry.id, entry.at_ns, in_time=True)
                case "cut":
                    self._timed_out.append(entry.id)
                    self._end(entry.id, entry.at_ns, in_time=False)
        return Outcome(self._ended[self._root.id], tuple(self._timed_out), tuple(self._cancelled), self._cost_usd())

    def _push(self, at_ns: int, event: _Event, id_: str) -> None:
        heapq.heappush(self._events, _Entry(at_ns, _FIRST[event], next(self._numbers), event, id_))

    def _make_ready(self, id_: str, now: int) -> None:
        one = self._activities[id_]
        deadline_ms = _find(self._changes.deadline_ms, one)
        if deadline_ms is not None:
            self._push(now + round(deadline_ms * 1e6), "cut", one.id)
        if one.members:
            self._start_team(one, now)
        elif self._free is None:
            self._start_work(one, now + one.queue_ns)
        else:
            self._queue.append(id_)
            self._fill_slots(now)

    def _fill_slots(self, now: int) -> None:
        while self._queue and self._free:
            id_ = self._queue.popleft()
            if id_ not in self._ended:
                self._free -= 1
                self._holding.add(id_)
                self._start_work(self._activities[id_], now)

    def _start_work(self, leaf: Activity, now: int) -> None:
        self._started[leaf.id] = now
        self._push(now + self._scaled(leaf, leaf.work_ns), "end", leaf.id)

    def _start_team(self, one: Activity, now: int) -> None:
        self._started[one.id] = now
        for member in (self._activities[id_] for id_ in one.members):
            if member.after_id is None:
                self._push(now + self._scaled(one, member.lag_ns), "ready", member.id)
        self._join(one, now)

    def _end(self, id_: str, now: int, *, in_time: bool) -> None:
        self._ended[id_] = now
        if id_ in self._holding and self._free is not None:
            self._free += 1
        for below in self._activities[id_].members:
            self._cancel(below, now)
        self._fill_slots(now)
        one = self._activities[id_]
        parent = self._activities.get(one.parent_id or "")
        if parent is None or parent.id in self._ended:
            return
        for follower in self._followers.get(id_, ()):
            self._push(now + self._scaled(parent, self._activities[follower].lag_ns), "ready", follower)
        self._awaited[parent.id] -= one.joined
        self._delivered[parent.id] = self._delivered.get(parent.id, 0) + in_time
        self._join(parent, now)

    def _join(self, parent: Activity, now: int) -> None:
        """Let an orchestrator go on once it has what it waits for."""
        if parent.id in self._closing:
            return
        quorum = _find(self._changes.quorum, parent)
        has_quorum = quorum is not None and self._delivered.get(parent.id, 0) >= quorum
        if self._awaited[parent.id] == 0 or has_quorum:
            self._closing.add(parent.id)
            if quorum is not None:
                for id_ in parent.members:
                    self._cancel(id_, now)
                self._fill_slots(now)
            self._push(now + self._scaled(parent, parent.work_ns), "end", parent.id)

    def _cancel(self, id_: str, now: int) -> None:
        if id_ in self._ended:
            return
        self._ended[id_] = now
        self._cancelled.append(id_)
        if id_ in self._holding and self._free is not None:
            self._free += 1
        for below in self._activities[id_].members:
            self._cancel(below, now)

    def _scaled(self, one: Activity, time_ns: int) -> int:
        factor = _find(self._changes.faster, one)
        return time_ns if factor is None else round(time_ns / factor)

    def _cost_usd(self) -> float | None:
        known = [one for one in self._activities.values() if one.cost_usd is not None]
        return sum((one.cost_usd or 0.0) * self._share_done(one) for one in known) if known else None

    def _share_done(self, one: Activity) -> float:
        """How much of its work an invocation did before it was cut or cancelled."""
        if one.id not in self._started:
            return 0.0
        if one.members or (one.id not in self._timed_out and one.id not in self._cancelled):
            return 1.0
        worked_ns = max(0, self._ended[one.id] - self._started[one.id])
        return min(1.0, worked_ns / max(1, self._scaled(one, one.work_ns)))


def _find(values: Mapping[str, float] | Mapping[str, int], one: Activity) -> float | None:
    """The value for an agent, by its name or by that of the domain that it leads."""
    return values.get(one.agent, values.get(one.leads) if one.leads is not None else None)


def _forget_waiting(activities: Mapping[str, Activity]) -> None:
    """Make those that waited for a slot ready when the first of their siblings was, for slots are now dealt anew."""
    for one in activities.values():
        if one.waited and one.parent_id is not None:
            siblings = (activities[id_] for id_ in activities[one.parent_id].members)
            one.lag_ns = min((other.lag_ns for other in siblings if other.after_id is None), default=one.lag_ns)
            one.after_id = None


def _remove(activities: dict[str, Activity], name: str) -> None:
    """Leave out the agents of a name; what waited for one of them waits for the last of its members."""
    for gone in [
        one for one in activities.values() if one.agent == name and one.parent_id in activities and one.members
    ]:
        parent = activities[gone.parent_id or ""]
        first = min((activities[id_].lag_ns for id_ in gone.members if activities[id_].after_id is None), default=0)
        for member in (activities[id_] for id_ in gone.members):
            member.parent_id = parent.id
            member.joined = gone.joined and member.joined
            if member.after_id is None:
                member.after_id, member.lag_ns = gone.after_id, gone.lag_ns + member.lag_ns - first
        last = gone.members[-1]
        for one in activities.values():
            if one.after_id == gone.id:
                one.after_id = last
        place = parent.members.index(gone.id)
        parent.members[place : place + 1] = gone.members
        del activities[gone.id]
