"""What was recorded, by hand."""

from tierscope.metrics.coverage import COVERAGE
from tierscope.metrics.testing import RunBuilder, measure


def test_each_fact_is_counted_where_it_was_recorded() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 50), output="brief", tokens=(10, 5))
    run.agent("macro", "root", (0, 10), input="question", tokens=(1, 1), model="unpriced")
    run.agent("company", "root", output="synthesis")
    rows = {row["tier"]: row for row in measure(COVERAGE, run).iter_rows(named=True)}
    assert rows[0]["output_share"] == 1
    assert {name: rows[1][name] for name in ("n", "timed", "with_input", "with_output", "output_share")} == {
        "n": 2,
        "timed": 1,
        "with_input": 1,
        "with_output": 1,
        "output_share": 0.5,
    }
    assert [rows[1][name] for name in ("calling_models", "with_tokens", "with_cost")] == [1, 1, 0]


def test_agents_without_a_tier_have_a_row_of_their_own() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 50))
    run.agent("stray", orphan=True)
    assert measure(COVERAGE, run).select("tier", "n").rows() == [(0, 1), (None, 1)]


def test_no_invocation_gives_no_row() -> None:
    assert measure(COVERAGE).is_empty()
