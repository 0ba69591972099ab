"""A suite from its file to its verdict, on real stores."""

from pathlib import Path

import pytest

from tests.evals.conftest import WriteSuite
from tests.evals.recordings import FOOTNOTE, hierarchy, save_hierarchies
from tierscope.evals import Verdict, run_suite
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

SUITE = """\
suite: hierarchy
runs:
  stored: {}
  store: runs.duckdb
min_runs: 2
checks:
  - name: pace of leaves
    metric: tier_completion
    column: max_ms
    where: {tier: 2}
    expect: "<= 250"
  - name: critical signals arrive
    metric: synthesis_retention
    column: critical_retained_share
    where: {hop: end to end}
    expect: ">= 100 %"
"""


def test_suite_passes_on_runs_that_are_as_expected(tmp_path: Path, write_suite: WriteSuite) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100, 250])
    path, suite = write_suite(SUITE)
    result = run_suite(suite, path)
    assert [check.outcome for check in result.checks] == ["passed", "passed"]
    assert result.verdict is Verdict.PASSED
    assert {run.label for run in result.runs} == {"label of run-0", "label of run-1"}


def test_slow_leaf_fails_the_check_on_its_tier_alone(tmp_path: Path, write_suite: WriteSuite) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100, 251])
    path, suite = write_suite(SUITE)
    result = run_suite(suite, path)
    assert [check.outcome for check in result.checks] == ["failed", "passed"]
    assert result.checks[0].reason == "tier_completion.max_ms is 251 ms at tier 2 (n = 8), expected <= 250 ms."


def test_lost_critical_signal_is_named_with_hop_and_agents(tmp_path: Path, write_suite: WriteSuite) -> None:
    store = Store(tmp_path / "runs.duckdb")
    save_runs(store, [hierarchy("kept"), hierarchy("dropped", keeps_footnote=False)])
    path, suite = write_suite(SUITE)
    check = run_suite(suite, path).checks[1]
    assert (check.outcome, check.figure, check.n) == ("failed", 0.5, 2)
    (loss,) = check.losses
    assert (loss.text, loss.critical, loss.verdict) == (FOOTNOTE, True, "lost")
    assert (loss.from_agent, loss.lost_at, loss.hop, loss.run_id) == ("company_first", "company", "2 -> 1", "dropped")


def test_metric_without_rows_says_what_was_not_recorded(tmp_path: Path, write_suite: WriteSuite) -> None:
    untimed = RunBuilder()
    untimed.agent("root", output="Fine.")
    untimed.agent("leaf", "root", output="Fine.")
    save_runs(Store(tmp_path / "runs.duckdb"), [untimed])
    path, suite = write_suite("""\
suite: untimed
runs: {stored: {}, store: runs.duckdb}
checks:
  - {name: path, metric: critical_path, expect: "<= 0.5"}
  - {name: independence, metric: hidden_dependencies, aggregate: count, expect: "== 0"}
""")
    path_check, independence = run_suite(suite, path).checks
    said = "2 of 2 agents have no recorded times"
    assert (path_check.outcome, path_check.reason) == (
        "unjudged",
        f"metric critical_path has no row for these runs; left out: {said}.",
    )
    assert independence.outcome == "unjudged"
    assert f"left out: {said}; 2 of 2 agents have no recorded input." in independence.reason


@pytest.mark.parametrize(("agents_without_input", "outcome"), [(1, "passed"), (2, "unjudged")])
def test_none_of_what_nobody_could_find_is_not_a_measured_zero(
    agents_without_input: int, outcome: str, tmp_path: Path, write_suite: WriteSuite
) -> None:
    run = RunBuilder()
    inputs = ["Look into it.", "Look into churn."][agents_without_input:] + [None] * agents_without_input
    run.agent("root", ms=(0, 10), input=inputs[0], output="Fine.")
    run.agent("leaf", "root", ms=(1, 9), input=inputs[1], output="Churn fell.")
    save_runs(Store(tmp_path / "runs.duckdb"), [run])
    path, suite = write_suite("""\
suite: hidden
runs: {stored: {}, store: runs.duckdb}
checks:
  - {name: asked, metric: hidden_dependencies, aggregate: count, expect: "== 0"}
  - {name: skipped, metric: hidden_dependencies, aggregate: count, expect: "== 0", unmeasured: skip}
""")
    assert [check.outcome for check in run_suite(suite, path).checks] == [outcome, "passed"]


def test_too_few_runs_leave_every_check_unjudged(tmp_path: Path, write_suite: WriteSuite) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100])
    path, suite = write_suite(SUITE)
    result = run_suite(suite, path)
    assert result.verdict is Verdict.UNJUDGED
    assert result.problem == "There are 1 runs, and the suite asks for at least 2."


def test_missing_store_is_a_mistake_and_still_gives_a_report(write_suite: WriteSuite) -> None:
    path, suite = write_suite(SUITE)
    result = run_suite(suite, path)
    assert result.verdict is Verdict.MISTAKE
    assert [check.outcome for check in result.checks] == ["mistake", "mistake"]
    assert "runs.duckdb" in (result.problem or "")
