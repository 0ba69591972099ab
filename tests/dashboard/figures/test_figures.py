"""Figures: every row is drawn or said to be left out, every n stands there, no label runs."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.dashboard.figures import (
    Figure,
    render_bars,
    render_intervals,
    render_limits,
    render_matrix,
    render_spread,
    render_timeline,
)
from tierscope.dashboard.figures.canvas import escape_text, name_row
from tierscope.dashboard.figures.duration_axis import duration_ticks
from tierscope.dashboard.theme import ALERT, tier_colour
from tierscope.metrics.spawn_depth import compute_spawn_depth
from tierscope.metrics.testing import RunBuilder, query_runs
from tierscope.metrics.tier_completion import compute_tier_completion

HOSTILE = "<b onclick='x'>name</b>"


def _plain(figure: Figure) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = figure.to_plotly_json()
    return plain


def _run() -> RunBuilder:
    run = RunBuilder(label="one", spawn_limit=1)
    run.agent("root", ms=(0, 400))
    run.agent("left", "root", (0, 100))
    run.agent("right", "root", (50, 350))
    run.agent("leaf", "right", (60, 300))
    run.agent("untimed", "right")
    return run


def test_bars_keep_equal_labels_apart_and_state_n_and_unit() -> None:
    figure = _plain(render_bars(["same", "same"], [1.0, None], unit="ms", title="time", counts=[3, 0]))
    bars = figure["data"][0]
    assert list(bars["y"]) == [0, 1]
    assert list(bars["text"]) == [" 1 ms", " —"]
    assert figure["layout"]["yaxis"]["ticktext"] == [name_row("same", 3), name_row("same", 0)]
    assert "n=3" in name_row("same", 3)


def test_spread_draws_quantiles_of_the_metric_and_names_the_bottleneck() -> None:
    invocations = query_runs([_run()], ["invocations"])["invocations"]
    frame = compute_tier_completion(invocations)
    figure = _plain(render_spread(frame, ["t0", "t1", "t2"], [tier_colour(tier) for tier in range(3)]))
    labels = figure["layout"]["yaxis"]["ticktext"]
    assert [("bottleneck" in label, "n=" in label) for label in labels] == [(False, True), (True, True), (False, True)]
    lines = [trace["x"] for trace in figure["data"] if trace["mode"] == "lines" and trace["line"]["width"] == 2]
    assert [tuple(line) for line in lines] == [(400, 400), (100, 300), (240, 240)]


def test_timeline_has_one_bar_for_each_agent_with_times_in_the_colour_of_its_tier() -> None:
    figure = _plain(render_timeline(query_runs([_run()], ["invocations"])["invocations"]))
    assert [len(trace["x"]) for trace in figure["data"]] == [1, 2, 1]
    assert [trace["marker"]["color"] for trace in figure["data"]] == [tier_colour(tier) for tier in range(3)]
    # The two members of tier 1 overlap, so each has a lane of its own.
    assert list(figure["data"][1]["y"]) == [1, 2]
    assert figure["layout"]["yaxis"]["ticktext"][1] == name_row("tier 1", 2)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 30)), min_size=1, max_size=40))
def test_bars_of_one_lane_never_overlap_and_lanes_are_as_few_as_can_be(spans: list[tuple[int, int]]) -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    for number, (start, length) in enumerate(spans):
        run.agent(f"leaf-{number}", "root", (start, start + length))
    bars = _plain(render_timeline(query_runs([run], ["invocations"])["invocations"]))["data"][1]
    placed = sorted(zip(bars["y"], bars["base"], bars["x"], strict=True))
    for (lane, start, length), (next_lane, next_start, _) in pairwise(placed):
        assert lane != next_lane or start + length <= next_start
    busiest = max(sum(start <= at < start + length for start, length in spans) for at, _ in spans)
    assert len(set(bars["y"])) == busiest


def test_limit_past_which_a_run_went_is_red() -> None:
    deep, flat = _run(), RunBuilder("run-2", label="two", spawn_limit=1)
    flat.agent("root", ms=(0, 1))
    frames = query_runs([deep, flat], ["runs", "invocations", "refusals"])
    figure = _plain(
        render_limits(compute_spawn_depth(frames["runs"], frames["invocations"], frames["refusals"]), ["one", "two"])
    )
    dots = figure["data"][-2]
    assert dict(zip(dots["x"], dots["marker"]["color"], strict=True)) == {2: ALERT, 0: tier_colour(0)}
    assert list(figure["data"][-1]["x"]) == [1, 1]


def test_interval_that_is_not_known_has_no_line() -> None:
    figure = _plain(render_intervals(["a", "b"], [0.5, 0.7], [(0.4, 0.6), (None, None)], [9, 1], "share"))
    assert len(figure["data"]) == 2
    assert list(figure["data"][1]["x"]) == [0.5, 0.7]


def test_matrix_leaves_cells_empty_that_could_not_be_counted() -> None:
    figure = _plain(
        render_matrix(["a", "b"], {("a", "b"): 0, ("b", "a"): None}, {("a", "b"): "none"}, x_title="", y_title="")
    )
    assert [list(row) for row in figure["data"][0]["text"]] == [["", "0"], ["", ""]]


@pytest.mark.parametrize("text", [HOSTILE, "a & b", "<a href='javascript:x'>"])
def test_labels_are_escaped(text: str) -> None:
    run = RunBuilder()
    run.agent(text, ms=(0, 1))
    drawn = render_timeline(query_runs([run], ["invocations"])["invocations"]).to_json()
    assert "<b onclick" not in drawn
    assert "<a href" not in drawn
    assert escape_text(text) == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@given(st.floats(0.001, 1e9))
def test_ticks_are_round_start_at_zero_and_are_few(longest_ms: float) -> None:
    ticks = duration_ticks(longest_ms)
    assert ticks[0] == 0
    assert 1 <= len(ticks) <= 7
    assert ticks[-1] <= longest_ms


def test_axis_of_nothing_has_one_tick() -> None:
    assert duration_ticks(0) == [0.0]


def test_figure_of_no_rows_is_drawn() -> None:
    empty = pl.DataFrame(schema=query_runs([], ["invocations"])["invocations"].schema)
    assert _plain(render_timeline(empty))["data"] == []
