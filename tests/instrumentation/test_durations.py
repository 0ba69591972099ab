"""Durations as people write them."""

from datetime import timedelta

import pytest

from tierscope.instrumentation.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("45s", 45), ("5m", 300), ("12h", 43_200), ("1d", 86_400), (" 2w ", 1_209_600), ("604800s", 604_800)],
)
def test_number_with_a_unit_is_a_duration(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "d", "-1d", "1.5h", "1 d", "1y", "1D", "\u0661d", "999999d", "99999999w", "999999999s", "never"]
)
def test_anything_else_is_none(text: str) -> None:
    assert parse_duration(text) is None
