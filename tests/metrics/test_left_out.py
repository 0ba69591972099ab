"""Whatever a recording lacks, every metric computes, takes nothing unknown for 0, and says what it left out and why."""

from dataclasses import replace
from typing import Final

import polars as pl
import pytest

from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute, explain_left_out, find_metric, load_registry
from tierscope.metrics.metric import Fact
from tierscope.metrics.testing import RunBuilder, save_runs

FINDING: Final = "The smelter in Antofagasta halted for nine weeks."
AGENTS: Final = 13
RUNS: Final = 5
LACKING: Final[dict[Fact, int]] = {
    "root": 1,
    "place": 2,
    "ended": 1,
    "times": 3,
    "order_in_time": 1,
    "input": 11,
    "output": 3,
    "tokens": 1,
    "cost": 2,
}
"""Fact -> how many agents, or runs for the root, lack it in ``incomplete``."""


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A run that is running, one without a root, one of skewed clocks, one without times, one that lacks little."""
    running, rootless, skewed, untimed, whole = (
        RunBuilder(name, label=name, version="v2" if name == "whole" else "v1")
        for name in ("running", "rootless", "skewed", "untimed", "whole")
    )
    running.agent("root", status="running", tokens=(1, 1))
    running.agent("gdp", "root", (0, 10), output=FINDING, input="Assess.")
    rootless.agent("lead", ms=(0, 50), output=FINDING, orphan=True)
    rootless.agent("gdp", "lead", (0, 10), output=FINDING)
    skewed.agent("root", ms=(50, 100), output=FINDING)
    skewed.agent("early", "root", (20, 60), output=FINDING)
    skewed.agent("twin", "root", (60, 70), output="Fine.", input="Assess.")
    untimed.agent("root")
    untimed.agent("a", "root", tokens=(3, 4), model="unheard of")
    untimed.agent("b", "root", output=FINDING)
    untimed.invocations[-1] = replace(untimed.invocations[-1], model_calls=1)
    whole.agent("root", ms=(0, 100), output=FINDING)
    whole.agent("a", "root", (0, 40), output=FINDING)
    whole.agent("b", "root", (0, 50))
    store = Store(tmp_path_factory.mktemp("incomplete") / "runs.duckdb")
    save_runs(store, [running, rootless, skewed, untimed, whole])
    return store


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_metric_says_how_much_it_left_out_and_why(name: str, incomplete: Store) -> None:
    told = {one.fact: (one.n, one.of) for one in explain_left_out(name, incomplete)}
    needs = find_metric(name).needs
    assert told == {fact: (LACKING[fact], RUNS if fact == "root" else AGENTS) for fact in needs}


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_metric_computes_over_what_is_there_and_takes_nothing_unknown_for_a_number(
    name: str, incomplete: Store
) -> None:
    frame = compute(name, incomplete)
    assert dict(frame.schema) == dict(find_metric(name).frame_schema)
    assert not any(frame[column].is_nan().any() for column, kind in frame.schema.items() if kind == pl.Float64)
    for column in ("duration_ms", "mean_ms", "makespan_ms", "predicted_ms", "observed_ms", "critical_ms"):
        assert column not in frame.columns or (frame[column].drop_nulls() > 0).all()


@pytest.mark.parametrize("metric", ["tier_completion", "critical_path", "what_if", "join_idle", "hidden_dependencies"])
def test_times_that_were_not_recorded_make_no_figure(metric: str, incomplete: Store) -> None:
    frame = compute(metric, incomplete, RunFilter(runs=("untimed",)))
    assert frame.filter(pl.col("n") > 0).is_empty()


def test_tokens_and_cost_that_were_not_recorded_stay_unknown(incomplete: Store) -> None:
    costs = compute("token_cost", incomplete, RunFilter(runs=("whole",)))
    assert costs.select("subtree_cost_usd", "subtree_input_tokens", "subtree_share").unique().rows() == [
        (None, None, None)
    ]
    unknown = compute("token_cost", incomplete, RunFilter(runs=("untimed",))).filter(agent="a")
    assert unknown.select("subtree_input_tokens", "subtree_cost_usd").row(0) == (3, None)
    assert "unheard of" in unknown["cost_note"][0]


def test_sentence_says_how_many_of_how_many_and_why(incomplete: Store) -> None:
    told = {one.fact: one.sentence for one in explain_left_out("critical_path", incomplete)}
    assert told["times"] == "3 of 13 agents have no recorded times"
    assert told["root"] == "1 of 5 runs have no root"


def test_nothing_is_left_out_of_a_whole_recording(incomplete: Store) -> None:
    assert explain_left_out("critical_path", incomplete, RunFilter(runs=("whole",))) == []
