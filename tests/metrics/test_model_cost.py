"""Spend by model and tier, by hand."""

import pytest

from tierscope.metrics.model_cost import MODEL_COST
from tierscope.metrics.testing import PRICED_MODEL, RunBuilder, measure


def _run() -> RunBuilder:
    run = RunBuilder()
    run.agent("root", tokens=(10, 5))
    run.agent("a", "root", tokens=(1, 1))
    run.agent("b", "root", tokens=(2, 2), model="homegrown")
    run.agent("c", "root", tokens=(1, 0))
    return run


def test_each_model_and_tier_has_its_calls_tokens_and_cost() -> None:
    frame = measure(MODEL_COST, _run())
    assert frame.select("model", "tier", "n", "input_tokens", "cost_usd").rows() == [
        (PRICED_MODEL, 0, 1, 10, 20.0),
        (PRICED_MODEL, 1, 2, 2, 4.0),
        ("homegrown", 1, 1, 2, None),
    ]
    assert frame["cost_share"].to_list() == pytest.approx([20 / 24, 4 / 24, None])
    assert frame["token_share"].sum() == pytest.approx(1)


def test_model_without_a_price_has_no_cost_and_says_of_how_many_calls() -> None:
    row = measure(MODEL_COST, _run(), by=("model",)).filter(model="homegrown").row(0, named=True)
    assert (row["cost_usd"], row["without_cost"], row["without_tokens"]) == (None, 1, 0)
