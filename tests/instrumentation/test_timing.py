"""Durations and self times, by hand."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tierscope.instrumentation.runs import Invocation
from tierscope.instrumentation.timing import Timing, compute_timings

MS = 1_000_000


def invocation(name: str, parent: str | None, start_ms: int | None, end_ms: int | None) -> Invocation:
    return Invocation(
        id=name,
        parent_id=parent,
        agent=name,
        tier=None,
        role=None,
        declared_role=None,
        domain=None,
        status="ok",
        status_message=None,
        started_ns=None if start_ms is None else start_ms * MS,
        ended_ns=None if end_ms is None else end_ms * MS,
        input=None,
        output=None,
        input_tokens=None,
        output_tokens=None,
        model_calls=0,
        tier_source="none",
        tier_confidence=0.0,
    )


ROOT = invocation("root", None, 0, 100)


def self_ms(*members: Invocation) -> float | None:
    return compute_timings([ROOT, *members], ())["root"].self_ms


def test_invocation_without_members_works_all_the_time() -> None:
    assert compute_timings([ROOT], ()) == {"root": Timing(0, 100 * MS, 100.0, 100.0)}
    assert compute_timings([], ()) == {}


def test_members_that_overlap_are_subtracted_once() -> None:
    assert self_ms(invocation("a", "root", 10, 40), invocation("b", "root", 30, 50)) == 60.0
    assert self_ms(invocation("a", "root", 10, 40), invocation("b", "root", 20, 30)) == 70.0
    assert self_ms(invocation("b", "root", 60, 70), invocation("a", "root", 10, 20)) == 80.0


def test_time_outside_the_parent_is_not_subtracted() -> None:
    assert self_ms(invocation("late", "root", 90, 150)) == 90.0
    assert self_ms(invocation("after", "root", 120, 150)) == 100.0
    assert self_ms(invocation("early", "root", -20, 10)) == 90.0


def test_member_that_never_ended_runs_until_its_parent_ended() -> None:
    assert self_ms(invocation("hung", "root", 40, None)) == 40.0


def test_only_direct_members_count() -> None:
    assert self_ms(invocation("a", "root", 10, 20), invocation("below", "a", 50, 60)) == 90.0


def test_self_time_is_unknown_where_a_members_times_are() -> None:
    assert self_ms(invocation("a", "root", None, None)) is None


def test_running_and_untimed_invocations_have_no_durations() -> None:
    running = replace(ROOT, ended_ns=None)
    assert compute_timings([running], ())["root"] == Timing(0, None, None, None)
    assert compute_timings([ROOT], {"root"})["root"] == Timing()


def test_clock_that_went_back_gives_no_negative_duration() -> None:
    assert compute_timings([replace(ROOT, ended_ns=-5)], ())["root"].duration_ms == 0.0


@given(st.lists(st.tuples(st.integers(-50, 150), st.integers(0, 80)), max_size=8))
def test_self_time_is_what_no_member_covers(intervals: list[tuple[int, int]]) -> None:
    members = [invocation(str(n), "root", start, start + length) for n, (start, length) in enumerate(intervals)]
    free = [ms for ms in range(100) if not any(start <= ms < start + length for start, length in intervals)]
    assert self_ms(*members) == float(len(free))
