"""How rows of a frame become one judgement, on hand-made frames."""

from typing import Any

import polars as pl
import pytest

from tierscope.evals.checking import judge_frame
from tierscope.evals.suite import Check
from tierscope.metrics import find_metric


def completion(*rows: tuple[int, int, float | None]) -> pl.DataFrame:
    """A frame of tier_completion from (tier, n, p95_ms)."""
    schema = find_metric("tier_completion").schema
    records = [dict.fromkeys(schema) | {"tier": tier, "n": n, "p95_ms": p95} for tier, n, p95 in rows]
    return pl.DataFrame(records, schema=dict(schema))


def check(**given: Any) -> Check:
    suite_text = {"name": "pace", "metric": "tier_completion", "column": "p95_ms", "expect": "<= 100", **given}
    return Check.model_validate(suite_text)


FRAME = completion((0, 4, 300.0), (1, 8, 90.0), (2, 40, 20.0))


@pytest.mark.parametrize(
    ("aggregate", "figure", "outcome"),
    [
        ("every", 300, "failed"),
        ("any", 20, "passed"),
        ("max", 300, "failed"),
        ("min", 20, "passed"),
        ("mean", 410 / 3, "failed"),
        ("sum", 410, "failed"),
    ],
)
def test_aggregate_decides_which_figure_is_compared(aggregate: str, figure: float, outcome: str) -> None:
    result = judge_frame(check(aggregate=aggregate), FRAME, runs=4)
    assert result.figure == pytest.approx(figure)
    assert result.outcome == outcome


def test_where_selects_rows_by_value_list_and_comparison() -> None:
    assert judge_frame(check(where={"tier": 1}), FRAME, runs=4).figure == 90
    assert judge_frame(check(where={"tier": (0, 2)}), FRAME, runs=4).figure == 300
    assert judge_frame(check(where={"tier": ">= 1"}), FRAME, runs=4).outcome == "passed"


def test_reason_says_figure_place_n_and_expectation() -> None:
    result = judge_frame(check(), FRAME, runs=4)
    assert result.reason == "tier_completion.p95_ms is 300 ms at tier 0 (n = 4), expected <= 100 ms."
    assert [(row.key, row.outcome) for row in result.rows] == [({"tier": 0}, "failed")]


def test_row_without_a_value_leaves_a_check_open_unless_it_is_skipped() -> None:
    frame = completion((1, 8, 90.0), (2, 0, None))
    result = judge_frame(check(), frame, runs=4)
    assert result.outcome == "unjudged"
    assert result.reason.endswith("; 1 of 2 rows cannot be judged: 1 without a value.")
    assert judge_frame(check(unmeasured="skip"), frame, runs=4).outcome == "passed"


def test_row_with_too_small_an_n_is_not_judged() -> None:
    result = judge_frame(check(min_n=10), FRAME, runs=4)
    assert result.outcome == "unjudged"
    assert "2 with n below 10" in result.reason


def test_broken_row_fails_every_whatever_is_missing() -> None:
    assert judge_frame(check(), completion((0, 4, 300.0), (1, 0, None)), runs=4).outcome == "failed"


def test_nothing_measured_is_no_pass_even_when_skipping() -> None:
    frame = completion((0, 0, None))
    for unmeasured in ("skip", "unjudged"):
        result = judge_frame(check(unmeasured=unmeasured), frame, runs=4)
        assert (result.outcome, result.figure) == ("unjudged", None)


def test_no_such_row_names_the_values_there_are() -> None:
    result = judge_frame(check(where={"tier": 7}), FRAME, runs=4)
    assert result.outcome == "unjudged"
    assert result.reason == "no row of tier_completion has tier 7: tier is 0, 1, 2."


def test_count_of_no_rows_is_a_measured_zero() -> None:
    result = judge_frame(check(aggregate="count", where={"tier": 7}, expect="== 0"), FRAME, runs=4)
    assert (result.outcome, result.figure, result.n) == ("passed", 0, 4)


@pytest.mark.parametrize(
    ("expect", "outcome"),
    [("== 0", "unjudged"), ("<= 1", "unjudged"), (">= 1", "unjudged"), (">= 0", "passed"), ("< 0", "failed")],
)
def test_count_is_not_known_where_a_run_has_no_figure_to_ask_for(expect: str, outcome: str) -> None:
    schema = dict(find_metric("spawn_depth").schema)
    rows = [
        dict.fromkeys(schema) | {"run_id": "a", "n": 3, "breach": False},
        dict.fromkeys(schema) | {"run_id": "b", "n": 0},
    ]
    breaches = Check(name="limit", metric="spawn_depth", where={"breach": True}, aggregate="count", expect=expect)
    assert judge_frame(breaches, pl.DataFrame(rows, schema=schema), runs=2).outcome == outcome


def test_truth_values_are_compared_row_by_row() -> None:
    schema = dict(find_metric("spawn_depth").schema)
    rows = [
        dict.fromkeys(schema) | {"run_id": run, "n": 3, "breach": breach} for run, breach in (("a", False), ("b", True))
    ]
    breach = Check(name="limit", metric="spawn_depth", column="breach", expect="== false")
    result = judge_frame(breach, pl.DataFrame(rows, schema=schema), runs=2)
    assert (result.outcome, result.reason) == ("failed", "spawn_depth.breach is yes at run b (n = 3), expected no.")
