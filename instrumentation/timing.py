"""How long invocations took, and how much of it was their own work."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tierscope.instrumentation.runs import Invocation

__all__ = ["Timing", "compute_timings"]

_NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True)
class Timing:
    """Times of one invocation; all None where its source recorded none."""

    started_ns: int | None = None
    ended_ns: int | None = None
    duration_ms: float | None = None
    """None while it runs."""
    self_ms: float | None = None
    """Duration minus the time in which at least one of its members ran; None where a member's start is not known."""


def compute_timings(invocations: Iterable[Invocation], untimed: Collection[str]) -> Mapping[str, Timing]:
    """Durations and self times of the invocations of a run.

    A member that has no end counts as running until its parent ended; what a member does after its parent ended is
    not the parent's time.

    Args:
        invocations: of one run, in any order.
        untimed: ids of those whose recorded times say nothing.

    Returns:
        invocation id -> its times.
    """
    timings = {one.id: Timing() if one.id in untimed else _own_timing(one) for one in invocations}
    members: dict[str, list[Timing]] = {}
    for one in invocations:
        if one.parent_id is not None:
            members.setdefault(one.parent_id, []).append(timings[one.id])
    return {key: _with_self_time(timing, members[key]) if key in members else timing for key, timing in timings.items()}


def _own_timing(one: Invocation) -> Timing:
    if one.started_ns is None or one.ended_ns is None:
        return Timing(one.started_ns, one.ended_ns)
    duration_ms = max(0, one.ended_ns - one.started_ns) / _NS_PER_MS
    return Timing(one.started_ns, one.ended_ns, duration_ms, self_ms=duration_ms)


def _with_self_time(timing: Timing, members: Collection[Timing]) -> Timing:
    if timing.started_ns is None or timing.ended_ns is None or timing.duration_ms is None:
        return timing
    if any(member.started_ns is None for member in members):
        return Timing(timing.started_ns, timing.ended_ns, timing.duration_ms)
    busy_ns = 0
    covered_until = timing.started_ns
    for start, end in sorted(
        (member.started_ns, timing.ended_ns if member.ended_ns is None else member.ended_ns)
        for member in members
        if member.started_ns is not None
    ):
        begin, end = max(start, covered_until), min(end, timing.ended_ns)
        if begin < end:
            busy_ns += end - begin
            covered_until = end
    return Timing(timing.started_ns, timing.ended_ns, timing.duration_ms, timing.duration_ms - busy_ns / _NS_PER_MS)
