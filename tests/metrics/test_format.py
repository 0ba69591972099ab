"""How figures read: to people the same everywhere, and never claiming what was not measured."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.format import column_unit, column_units, format_cell, format_interval, format_time, format_value


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0, "ms", "0 ms"),
        (0.4213, "ms", "0.421 ms"),
        (999.4, "ms", "999 ms"),
        (999.6, "ms", "1.00 s"),
        (59_949, "ms", "59.9 s"),
        (59_951, "ms", "1 min 00 s"),
        (3_599_600, "ms", "1 h 00 min"),
        (-1_500, "ms", "-1.50 s"),
        (0, "USD", "$0.00"),
        (0.000123, "USD", "$0.00012"),
        (0.0123, "USD", "$0.0123"),
        (0.5, "USD", "$0.50"),
        (0.999999, "USD", "$1.00"),
        (1234.5, "USD", "$1,234.50"),
        (1.0, "share", "100 %"),
        (0.99996, "share", "99.9 %"),
        (0.00001, "share", "0.1 %"),
        (-0.05, "share", "-5 %"),
        (1, "tiers", "1 tier"),
        (1_234_567, "tokens", "1,234,567 tokens"),
        (9.999, "", "10.0"),
        (123_456.7, "", "123,457"),
        (2.0, "", "2"),
        (1.5, "x", "1.50 x"),
        (True, "", "yes"),
        ("macro", "", "macro"),
        (["a", "b"], "", "a, b"),
        (math.inf, "", "∞"),
    ],
)
def test_figure_reads_with_its_unit_to_three_digits(value: object, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


def test_what_was_not_measured_is_a_dash_with_the_reason() -> None:
    assert format_value(None, "ms") == "—"
    assert format_value(math.nan, "share") == "—"
    assert format_value(None, "USD", reason="no price for 'x-1'") == "— (no price for 'x-1')"
    assert format_interval(None, 0.5, "share") == "—"


def test_interval_names_both_ends() -> None:
    assert format_interval(0.714, 0.852, "share") == "71.4 % to 85.2 %"


def test_table_cell_leaves_nouns_to_the_heading_but_keeps_symbols() -> None:
    assert format_cell(1200, "input_tokens") == "1,200"
    assert format_cell(1200, "p95_ms") == "1.20 s"
    assert format_cell(3, "max_depth", "tiers") == "3"
    assert format_cell(0.5, "retained", "share") == "50 %"
    assert column_unit("critical_path_share") == "share"
    assert column_unit("agent") == ""


def test_ends_of_an_interval_have_the_unit_of_their_figure() -> None:
    columns = ["tier", "retained_share", "retained_low", "retained_high", "mean_ms", "mean_low", "other_low"]
    assert column_units(columns) == {
        "retained_share": "share",
        "retained_low": "share",
        "retained_high": "share",
        "mean_ms": "ms",
        "mean_low": "ms",
    }


def test_time_is_utc_to_the_second() -> None:
    assert format_time(1_700_000_000_999_999_999) == "2023-11-14 22:13:20"
    assert format_time(None) == "—"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_plain_number_reads_back_within_its_three_digits(value: float) -> None:
    text = format_value(value).replace(",", "")
    assert float(text) == pytest.approx(value, rel=0.006)


@given(st.floats(min_value=0, max_value=1, exclude_min=True, exclude_max=True))
def test_share_that_is_not_whole_never_reads_as_none_or_all(value: float) -> None:
    assert format_value(value, "share") not in {"0 %", "100 %", "0.0 %", "100.0 %"}
