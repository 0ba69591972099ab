"""Comparisons as a suite writes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.evals.expectation import parse_expectation


@pytest.mark.parametrize(
    ("text", "holding", "breaking"),
    [
        ("<= 5000", 5000, 5000.1),
        ("< 5000", 4999, 5000),
        (">= 80 %", 0.8, 0.79),
        (">0", 1, 0),
        ("== 3", 3, 2),
        ("!= 3", 2, 3),
        ("== false", False, True),
        ("== ok", "ok", "error"),
        ("!= no cost", "price missing", "no cost"),
        ("between 0.7 and 0.9", 0.7, 0.91),
        ("between 70% and 90%", 0.9, 0.69),
        ("<= -1e3", -1000, -999),
    ],
)
def test_expectation_holds_on_its_side_of_the_bound(text: str, holding: float | str, breaking: float | str) -> None:
    expectation = parse_expectation(text)
    assert expectation.holds(holding)
    assert not expectation.holds(breaking)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("5000", "'5000' is no comparison; write one such as '<= 5000', '>= 0.8' or 'between 0.7 and 0.9'"),
        ("=> 5", "'=> 5' is no comparison; write one such as '<= 5000', '>= 0.8' or 'between 0.7 and 0.9'"),
        ("<= five", "'<= five' compares with no number; after <= write one, such as '<= 0.8'"),
        ("<= 1e999", "'1e999' is beyond any figure"),
        ("between 3 and 1", "'between 3 and 1' needs two numbers, the smaller first, such as 'between 0.7 and 0.9'"),
    ],
)
def test_text_that_is_no_expectation_is_refused_with_what_to_write(text: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_expectation(text)
    assert str(caught.value) == message


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_comparison_of_any_numbers_agrees_with_python(bound: float, figure: float) -> None:
    assert parse_expectation(f"<= {bound!r}").holds(figure) == (figure <= bound)
    assert parse_expectation(f"> {bound!r}").holds(figure) == (figure > bound)
