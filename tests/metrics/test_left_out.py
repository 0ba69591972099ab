"""Whatever a recording lacks, every metric computes, takes nothing unknown for 0, and says what it left out and why."""

from dataclasses import replace
from typing import Final

import polars as pl
import pytest

from tests.instrumentation.tiers.making import agent, chat, spans
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute, explain_left_out, find_metric, load_registry
from tierscope.metrics.metric import LEFT_OUT_WHY, Fact
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


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One run of two traces: the chief, and the desk that it read, whose writer wrote nothing; a third agent's parent
    never came."""
    store = Store(tmp_path_factory.mktemp("joined") / "runs.duckdb")
    desk = spans(agent("desk", agent("writer", chat(used=(5, 2))), output=FINDING), trace=1)
    chief = spans(agent("chief", chat(f"Sum up: {FINDING}", used=(3, 1)), output="Copper is short."), trace=2, start=50)
    lost = replace(spans(agent("lost"), trace=2, start=52)[0], span_id="f" * 16, parent_span_id="e" * 16)
    store.append([*desk, *chief, lost])
    store.refresh()
    return store


def _why(frame: pl.DataFrame) -> list[str | None]:
    return frame[LEFT_OUT_WHY].to_list()


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_every_frame_says_itself_what_it_left_out_and_why(name: str, incomplete: Store) -> None:
    metric, frame = find_metric(name), compute(name, incomplete)
    assert (LEFT_OUT_WHY in frame.columns) == bool(metric.needs)
    if metric.needs and metric.grain != ("run_id",):
        said = "; ".join(one.sentence for one in explain_left_out(name, incomplete))
        assert set(_why(frame)) <= {said}


@pytest.mark.parametrize("name", [metric.name for metric in load_registry().values() if metric.grain == ("run_id",)])
def test_frame_of_one_row_per_run_says_it_of_each_run(name: str, incomplete: Store) -> None:
    frame = compute(name, incomplete)
    for label in ("running", "rootless", "skewed", "untimed", "whole"):
        said = "; ".join(one.sentence for one in explain_left_out(name, incomplete, RunFilter(runs=(label,))))
        rows = frame.filter(label=label)
        assert _why(rows) == [said or None] or (rows.is_empty() and not said)


def test_run_of_which_nothing_could_be_measured_has_a_row_that_says_why(incomplete: Store) -> None:
    (row,) = compute("what_if", incomplete, RunFilter(runs=("rootless",))).rows(named=True)
    assert (row["label"], row["n"], row["predicted_ms"]) == ("rootless", 0, None)
    assert row[LEFT_OUT_WHY] == "the run has no root; 2 of 2 agents have no known place in the tree"


def test_grouping_by_run_says_it_of_each_run(incomplete: Store) -> None:
    frame = compute("tier_completion", incomplete, RunFilter(runs=("untimed", "whole")), by=("run_id",))
    assert dict(frame.select("run_id", LEFT_OUT_WHY).rows()) == {
        "untimed": "3 of 3 agents have no recorded times",
        "whole": None,
    }


def test_metrics_that_rest_on_no_fact_count_what_they_lack_themselves() -> None:
    without = {metric.name for metric in load_registry().values() if not metric.needs}
    assert without == {"coverage", "escalations", "recoveries", "approvals"}


@pytest.mark.parametrize("name", sorted(load_registry()))
def test_run_of_several_traces_is_one_run_and_what_it_lacks_is_counted_once(name: str, joined: Store) -> None:
    lacking: dict[Fact, tuple[int, int]] = {"place": (1, 4), "order_in_time": (1, 4)}
    lacking |= {"input": (3, 4), "output": (2, 4), "cost": (2, 4)}
    told = {one.fact: (one.n, one.of) for one in explain_left_out(name, joined)}
    needs = find_metric(name).needs
    assert told == {fact: counts for fact, counts in lacking.items() if fact in needs}
    frame = compute(name, joined)
    assert frame["run_id"].n_unique() <= 1 if "run_id" in frame.columns else True


def test_figures_of_a_run_of_several_traces_span_both(joined: Store) -> None:
    tiers = compute("tier_completion", joined).select("tier", "n").rows()
    assert tiers == [(0, 1), (1, 1), (2, 1)]
    (whole,) = compute("token_cost", joined).filter(agent="chief").rows(named=True)
    assert (whole["subtree_input_tokens"], whole["subtree_output_tokens"], whole["subtree_share"]) == (8, 3, 1.0)
    (depth,) = compute("spawn_depth", joined).rows(named=True)
    assert (depth["n"], depth["orphan_agents"], depth["max_depth"]) == (3, 1, 2)


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
