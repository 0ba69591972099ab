"""Tokens and money by subtree, by hand."""

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.token_cost import TOKEN_COST


def _rows(run: RunBuilder) -> dict[str, dict[str, object]]:
    frame = measure(TOKEN_COST, run)
    return {row["agent"]: row for row in frame.iter_rows(named=True)}


def test_subtree_holds_its_own_and_everything_below_once(research: RunBuilder) -> None:
    rows = _rows(research)
    assert rows["macro"]["subtree_input_tokens"] == 6
    assert rows["macro"]["subtree_cost_usd"] == 4 + 2 * 2 + 2 * (1 + 2)
    assert rows["root"]["subtree_agents"] == 7
    assert rows["root"]["subtree_input_tokens"] == 21
    assert rows["root"]["subtree_share"] == pytest.approx(1.0)
    assert rows["root"]["n"] == 6


def test_subtree_without_recorded_tokens_is_null_not_zero(research: RunBuilder) -> None:
    row = _rows(research)["filing"]
    assert (row["subtree_input_tokens"], row["subtree_cost_usd"], row["subtree_share"]) == (None, None, None)


def test_agent_that_recorded_output_tokens_alone_has_its_share() -> None:
    run = RunBuilder()
    run.agent("root", tokens=(10, 20))
    run.agent("writer", "root", tokens=(0, 10))
    run.invocations[-1] = replace(run.invocations[-1], input_tokens=None)
    assert _rows(run)["writer"]["subtree_share"] == 0.25


def test_cost_of_a_model_without_a_price_is_null_and_names_it() -> None:
    run = RunBuilder()
    run.agent("root", tokens=(1, 0), model="homegrown")
    row = _rows(run)["root"]
    assert row["cost_usd"] is None
    assert row["cost_note"] == "no price for model 'homegrown'"


def test_what_stands_below_an_orphan_is_in_its_subtree() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 1), tokens=(1, 0))
    run.agent("stray", orphan=True, tokens=(2, 0))
    run.agent("below", "stray", tokens=(4, 0))
    rows = _rows(run)
    assert rows["stray"]["subtree_input_tokens"] == 6
    assert rows["root"]["subtree_input_tokens"] == 1


def test_no_runs_give_an_empty_frame_of_the_schema() -> None:
    frame = measure(TOKEN_COST)
    assert frame.is_empty()
    assert frame.schema["subtree_cost_usd"] == pl.Float64


@settings(max_examples=50)
@given(st.lists(st.tuples(st.integers(0, 9), st.one_of(st.none(), st.integers(0, 50))), max_size=10))
def test_subtree_of_the_root_is_the_total_whatever_the_tree(nodes: list[tuple[int, int | None]]) -> None:
    run = RunBuilder()
    run.agent("0", tokens=(3, 0))
    for number, (parent, tokens) in enumerate(nodes, 1):
        run.agent(str(number), str(parent % number), tokens=None if tokens is None else (tokens, 0))
    assert _rows(run)["0"]["subtree_input_tokens"] == 3 + sum(tokens or 0 for _, tokens in nodes)
