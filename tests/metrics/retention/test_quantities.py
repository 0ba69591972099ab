from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.retention.quantities import find_quantities, is_same_quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3.2%", "320 bp"),
        ("3.2%", "3.2 percentage points"),
        ("$1.2bn", "1,200 million dollars"),
        ("20.6%", "21%"),
        ("$406.74", "$406"),
        ("FY26", "fiscal year 2026"),
        ("about 20%", "20.4%"),
        ("90 minutes", "1.5 hours"),
        ("June 5, 2026", "2026-06-05"),
        ("5 June", "June 5, 2026"),
        ("Q2 2026", "q2"),
        ("10:30am", "10:30"),
        ("twenty-one", "21"),
        ("first", "1st"),
        ("27 , 000", "27,000"),
        ("in 2026", "on June 5, 2026"),
        ("-5%", "5%"),
        ("420", "420 ms"),
        ("0.032", "3.2%"),
        ("Cost ($M): 1,204", "$1.2bn"),
        ("Delay (ms) 1840", "1.84 seconds"),
        ("two thirds", "67%"),
        ("half the seats", "50%"),
        ("two and a half hours", "150 minutes"),
        ("half an hour", "30 minutes"),
        ("250 mg", "0.25 g"),
        ("85 cents", "$0.85"),
        ("62 mph", "about 100 km/h"),
        ("noon", "12:00"),
        ("v2.3", "version 2.3"),
    ],
)
def test_same_fact_however_it_is_written(one: str, other: str) -> None:
    (left,), (right,) = find_quantities(one), find_quantities(other)
    assert is_same_quantity(left, right)
    assert is_same_quantity(right, left)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("20.6%", "20.5%"),
        ("$3 million", "$3 billion"),
        ("40 basis points", "40 percent"),
        ("$5", "€5"),
        ("June 5", "June 6"),
        ("Q1 2026", "Q2 2026"),
        ("10:30am", "10:30pm"),
        ("2025", "2026"),
        ("3 weeks", "3 months"),
        ("20%", "21%"),
        ("20.6%", "20%"),
        ("0.14", "0"),
        ("1.70", "2"),
        ("3.4%", "3"),
        ("250 mg", "250 g"),
        ("106%", "one"),
        ("a third of it", "a quarter of it"),
    ],
)
def test_another_fact(one: str, other: str) -> None:
    (left,), (right,) = find_quantities(one), find_quantities(other)
    assert not is_same_quantity(left, right)


def test_numbers_that_count_points_are_no_figures() -> None:
    text = "Two risks: (1) a drop of 3% and (2) rates. 3) Costs of (5)."
    assert [one.text for one in find_quantities(text)] == ["Two", "3%", "5"]


def test_currency_belongs_to_the_number_after_it() -> None:
    assert [one.text for one in find_quantities("2025 $132.2B; 2024 $100.1B; 5 $")] == [
        *("2025", "$132.2B", "2024", "$100.1B", "5 $")
    ]


NO_NUMBERS = [
    "the H100 card",
    "a 5G network",
    "COVID-19",
    "v2beta",
    "no number here",
    "",
    "no one",
    "half a loaf",
    "(b) x",
]


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_digits_of_names_are_no_numbers(text: str) -> None:
    assert find_quantities(text) == ()


def test_range_shares_its_unit() -> None:
    low, high = find_quantities("growth of 5-6%")
    assert (low.value, low.kind, high.value, high.kind) == (Decimal(5), "%", Decimal(6), "%")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("2 to 3.5 million", [2_000_000, 3_500_000]),
        ("500 to 1 million dollars", [500, 1_000_000]),
        ("200-300 ms", [Decimal("0.2"), Decimal("0.3")]),
        ("1-6 April", [401, 406]),
        ("between April 1 and 6", [401, 406]),
        ("On April 1 and 6 others", [401, 6]),
        ("three quarters of an hour", [9]),
    ],
)
def test_range_shares_scale_unit_or_month(text: str, values: list[int | Decimal]) -> None:
    assert [quantity.value for quantity in find_quantities(text)] == values


def test_place_in_the_text_is_kept() -> None:
    text = "Margin was 20.6% in May 2026."
    margin, month = find_quantities(text)
    assert text[margin.start : margin.end] == "20.6%"
    assert text[month.start : month.end] == "May 2026"


@given(st.text(max_size=200))
def test_any_text_has_numbers_or_none_and_each_equals_itself(text: str) -> None:
    for quantity in find_quantities(text):
        assert is_same_quantity(quantity, quantity)


@given(st.integers(1, 999), st.integers(0, 9))
def test_thousand_millions_are_a_billion(whole: int, tenth: int) -> None:
    (billions,) = find_quantities(f"${whole}.{tenth}bn")
    (millions,) = find_quantities(f"${whole * 1000 + tenth * 100}m")
    assert is_same_quantity(billions, millions)


def test_numbers_of_a_long_text_are_found_in_linear_work() -> None:
    text = "On 3 March 2025 at 10:30 it was 12.5% of 3m, the third time. "
    assert len(find_quantities(text * 5_000)) == 5_000 * len(find_quantities(text))
