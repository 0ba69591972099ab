"""Replays: unchanged exactly as recorded, changed as computed by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierscope.errors import InputError
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.what_if import WHAT_IF


def _predicted(run: RunBuilder, **changes: object) -> dict[str, object]:
    return measure(WHAT_IF, run, **changes).row(0, named=True)


def _sequential() -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("first", "root", (10, 40))
    run.agent("second", "root", (41, 90))
    return run


def _pool() -> RunBuilder:
    """Four leaves of 20 ms through two slots."""
    run = RunBuilder()
    run.agent("root", ms=(0, 50))
    for name, start in (("a", 5), ("b", 5), ("c", 25), ("d", 25)):
        run.agent(name, "root", (start, start + 20))
    return run


def test_faster_leaf_shortens_the_run_up_to_the_next_critical_one(research: RunBuilder) -> None:
    # filing 20-50, company 10-60, root to 70
    assert _predicted(research, faster={"filing": 2})["predicted_ms"] == 70
    # filing then ends at 26, so that macro (10-40) decides: root to 50
    assert _predicted(research, faster={"filing": 10})["predicted_ms"] == 50


def test_faster_orchestrator_plans_and_synthesizes_faster(research: RunBuilder) -> None:
    # root: 10 ms to plan, 10 ms to synthesize
    assert _predicted(research, faster={"root": 2})["predicted_ms"] == 90


def test_deadline_lets_the_parent_go_on_with_a_gap(research: RunBuilder) -> None:
    row = _predicted(research, deadline_ms={"company": 40})
    assert (row["predicted_ms"], row["predicted_gaps"], row["observed_gaps"]) == (60, 1, 0)
    assert row["cancelled"] == 1  # filing still ran


def test_deadline_that_is_kept_changes_nothing(research: RunBuilder) -> None:
    row = _predicted(research, deadline_ms={"company": 80})
    assert (row["predicted_ms"], row["predicted_gaps"]) == (100, 0)


def test_quorum_goes_on_with_the_first_and_cancels_the_others(research: RunBuilder) -> None:
    row = _predicted(research, quorum={"root": 1})
    assert (row["predicted_ms"], row["cancelled"]) == (50, 2)  # macro ends at 40; company and filing are stopped


def test_removed_layer_loses_its_own_time_and_keeps_its_members(research: RunBuilder) -> None:
    # earnings starts at 10 instead of 15, filing at 15 and runs 60: root to 85
    row = _predicted(research, remove=["company"])
    assert row["predicted_ms"] == 85


def test_member_that_waited_for_its_sibling_moves_with_it() -> None:
    assert _predicted(_sequential(), faster={"first": 3})["predicted_ms"] == 80


def test_more_slots_let_waiting_leaves_start_at_once_and_fewer_make_more_wait() -> None:
    assert _predicted(_pool())["slots_observed"] == 2
    assert _predicted(_pool(), slots=4)["predicted_ms"] == 30
    assert _predicted(_pool(), slots=2)["predicted_ms"] == 50
    assert _predicted(_pool(), slots=1)["predicted_ms"] == 90


def test_stopped_leaf_costs_its_share() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("slow", "root", (0, 100), tokens=(10, 0))
    row = _predicted(run, deadline_ms={"slow": 25})
    assert (row["observed_cost_usd"], row["predicted_cost_usd"]) == (10, 2.5)


def test_agent_that_takes_no_part_and_senseless_values_are_named(research: RunBuilder) -> None:
    with pytest.raises(InputError, match="No agent 'nobody' takes part in these runs; there are: company, "):
        _predicted(research, faster={"nobody": 2})
    with pytest.raises(InputError, match="value 0 for agent 'filing' must be above 0"):
        _predicted(research, faster={"filing": 0})
    with pytest.raises(InputError, match="slots must be at least 1, not 0"):
        _predicted(research, slots=0)


def test_run_without_times_has_no_replay() -> None:
    run = RunBuilder()
    run.agent("root")
    assert measure(WHAT_IF, run).is_empty()


def test_run_that_ends_before_it_begins_takes_no_time() -> None:
    run = RunBuilder()
    run.agent("root", ms=(6, 2))
    run.agent("skewed", "root", (6, 3))
    row = measure(WHAT_IF, run).row(0, named=True)
    assert (row["observed_ms"], row["predicted_ms"], row["change_share"]) == (0, 0, None)


_times = st.tuples(st.integers(-20, 120), st.integers(0, 80))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 7), _times), max_size=12), st.integers(1, 100))
def test_unchanged_replay_takes_exactly_the_recorded_time(nodes: list[tuple[int, tuple[int, int]]], end: int) -> None:
    run = RunBuilder()
    run.agent("0", ms=(0, end))
    for number, (parent, (start, length)) in enumerate(nodes, 1):
        run.agent(str(number), str(parent % number), (start, start + length))
    row = _predicted(run)
    assert row["predicted_ms"] == row["observed_ms"]
