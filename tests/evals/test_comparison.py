"""Two measurements of a suite: what is a regression, what is chance, and what is too little to say."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.errors import InputError
from tierscope.evals import Baseline, compare_baselines, load_baseline, render_baseline
from tierscope.evals.baseline import BaselineFigure, BaselineRun, RunFigure
from tierscope.evals.suite import Tolerance

EXACT = Tolerance()
FAST = [100.0, 104.0, 98.0, 101.0, 97.0, 103.0, 99.0, 102.0]
SLOW = [value + 30 for value in FAST]


def baseline(
    values: list[float | None],
    *,
    better: Literal["lower", "higher"] | None = "lower",
    tolerance: Tolerance = EXACT,
    column: str = "p95_ms",
    checks: int = 1,
) -> Baseline:
    runs = [f"run-{index}" for index in range(len(values))]
    figure = BaselineFigure(
        check="pace",
        metric="tier_completion",
        column=column,
        aggregate="every",
        unit="ms",
        better=better,
        tolerance=tolerance,
        value=None,
        n=None,
        per_run=[RunFigure(run_id=run, value=value, n=1) for run, value in zip(runs, values, strict=True)],
    )
    return Baseline(
        suite="suite",
        suite_sha256="0" * 64,
        made_at=datetime(2026, 1, 1, tzinfo=UTC),
        tierscope_version="1",
        runs=[BaselineRun(run_id=run, label=None, project=None, version=None) for run in runs],
        figures=[figure.model_copy(update={"check": f"pace {index}"}) for index in range(checks)],
    )


def test_clear_worsening_fails_and_says_by_how_much_over_how_many_runs() -> None:
    (found,) = compare_baselines(baseline([*FAST]), baseline([*SLOW]))
    assert found.outcome == "failed"
    assert found.reason.startswith("mean over runs +30 ms (95 % interval ")
    assert found.reason.endswith("; n = 8 and 8 runs): worse.")
    assert found.low is not None
    assert 20 < found.low < 30


def test_improvement_passes_and_direction_decides_which_way_that_is() -> None:
    assert compare_baselines(baseline([*SLOW]), baseline([*FAST]))[0].outcome == "passed"
    higher = compare_baselines(baseline([*SLOW]), baseline([*FAST], better="higher"))[0]
    assert higher.outcome == "failed"


def test_worsening_within_the_tolerance_is_no_regression() -> None:
    for tolerance in (Tolerance(absolute=40), Tolerance(relative=0.4)):
        (found,) = compare_baselines(baseline([*FAST]), baseline([*SLOW], tolerance=tolerance))
        assert found.outcome == "passed"
        assert "not worse by more than the tolerated 40" in found.reason


def test_difference_that_chance_explains_is_no_regression() -> None:
    noisy = [60.0, 140.0, 90.0, 110.0, 70.0, 130.0, 95.0, 112.0]
    (found,) = compare_baselines(baseline([*FAST]), baseline([*noisy]))
    assert (found.outcome, found.reason.rpartition(": ")[2]) == (
        "passed",
        "whether it is worse cannot be told from chance.",
    )


def test_fewer_than_five_runs_with_a_figure_on_either_side_are_too_few() -> None:
    few: list[float | None] = [100.0, 101.0, 102.0, 103.0, None, None]
    for old, new in ((few, [*FAST]), ([*FAST], few)):
        (found,) = compare_baselines(baseline([*old]), baseline([*new]))
        assert found.outcome == "unjudged"
        assert "a comparison needs 5 on each side" in found.reason


def test_check_that_the_baseline_lacks_or_measured_otherwise_is_unjudged() -> None:
    extra = compare_baselines(baseline([*FAST]), baseline([*FAST], checks=2))
    assert [found.outcome for found in extra] == ["passed", "unjudged"]
    (other,) = compare_baselines(baseline([*FAST], column="p50_ms"), baseline([*FAST]))
    assert (other.outcome, other.reason) == (
        "unjudged",
        "the check compares another figure than the baseline's; save it again.",
    )


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_baseline_whose_figure_is_no_number_is_refused(number: str, tmp_path: Path) -> None:
    file = tmp_path / "b.json"
    file.write_text(render_baseline(baseline([123.0] * 5)).replace("123.0", number, 1), encoding="utf-8")
    with pytest.raises(InputError, match="Input should be a finite number"):
        load_baseline(file)


def test_figure_of_which_neither_way_is_better_is_only_shown() -> None:
    (found,) = compare_baselines(baseline([*FAST]), baseline([*SLOW], better=None))
    assert found.outcome == "passed"
    assert found.reason.endswith("neither way is better, so it is only shown.")


def test_more_checks_widen_each_interval() -> None:
    (alone,) = compare_baselines(baseline([*FAST]), baseline([*SLOW]))
    among = compare_baselines(baseline([*FAST], checks=10), baseline([*SLOW], checks=10))[0]
    assert alone.low is not None
    assert among.low is not None
    assert among.low < alone.low
    assert among.confidence == pytest.approx(0.995)


@given(st.lists(st.floats(0, 1000), min_size=5, max_size=12))
def test_same_runs_are_never_a_regression(values: list[float]) -> None:
    assert compare_baselines(baseline([*values]), baseline([*values]))[0].outcome == "passed"


def test_runs_of_one_system_are_called_a_regression_about_as_seldom_as_stated() -> None:
    source = random.Random(7)
    wrong = 0
    for seed in range(200):
        old, new = ([source.gauss(100, 10) for _ in range(10)] for _ in range(2))
        wrong += compare_baselines(baseline([*old]), baseline([*new]), seed=seed)[0].outcome == "failed"
    # 2.5 % are expected, since only one end of a 95 % interval makes a regression; 15 of 200 would be 7.5 %.
    assert wrong < 15
