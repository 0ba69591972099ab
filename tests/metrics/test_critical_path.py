"""The pieces of the critical path, by hand and as a property of any tree."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierscope.metrics.critical_path import CRITICAL_PATH, compute_critical_pieces
from tierscope.metrics.testing import RunBuilder, measure, query_runs


def _pieces(run: RunBuilder) -> dict[str, float]:
    frame = compute_critical_pieces(query_runs([run], ["invocations"])["invocations"])
    return {id_.removeprefix(f"{run.id}:"): ms for _, id_, ms in frame.iter_rows()}


def test_path_follows_the_child_that_finished_last(research: RunBuilder) -> None:
    # 90-100 root, 80-90 company, 20-80 filing, 15-20 earnings, 10-15 company, 0-10 root.
    assert _pieces(research) == {"root": 20, "company": 15, "filing": 60, "earnings": 5}


def test_blame_is_a_share_of_the_makespan_with_the_heaviest_first(research: RunBuilder) -> None:
    frame = measure(CRITICAL_PATH, research)
    assert frame["agent"].to_list() == ["filing", "root", "company", "earnings"]
    assert frame["critical_share"].to_list() == pytest.approx([0.6, 0.2, 0.15, 0.05])
    assert frame["n"].to_list() == [4, 4, 4, 4]
    assert frame["makespan_ms"].unique().to_list() == [100]


def test_child_that_outlives_its_parent_counts_up_to_the_parents_end() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    run.agent("late", "root", (5, 30))
    assert _pieces(run) == {"root": 5, "late": 5}


def test_child_outside_its_parents_time_is_not_on_the_path() -> None:
    run = RunBuilder()
    run.agent("root", ms=(10, 20))
    run.agent("before", "root", (0, 5))
    run.agent("inside", "root", (12, 14))
    assert _pieces(run) == {"root": 8, "inside": 2}


def test_run_whose_root_has_no_times_has_no_path() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("child", "root", (0, 5))
    assert _pieces(run) == {}


def test_no_runs_give_an_empty_frame_of_the_schema() -> None:
    frame = measure(CRITICAL_PATH)
    assert frame.is_empty()
    assert frame.schema["critical_ms"] == pl.Float64


_times = st.tuples(st.integers(-20, 120), st.integers(0, 80))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 7), _times), max_size=12), st.integers(1, 100))
def test_pieces_add_up_to_the_makespan_whatever_the_tree(nodes: list[tuple[int, tuple[int, int]]], end: int) -> None:
    run = RunBuilder()
    run.agent("0", ms=(0, end))
    for number, (parent, (start, length)) in enumerate(nodes, 1):
        run.agent(str(number), str(parent % number), (start, start + length))
    assert sum(_pieces(run).values()) == pytest.approx(end)
