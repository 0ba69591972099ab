"""Which words mean the opposite of which."""

import pytest

from tierscope.metrics.retention.wording import load_wording


def test_pairs_of_the_table_are_found_from_either_side() -> None:
    wording = load_wording()
    pairs = sorted({pair for near in wording.opposites.values() for pair in near})[::20]
    regular = [(one, other) for one, other in pairs if not wording.bases.keys() & {one, other}]
    assert len(regular) > 500
    assert [pair for pair in regular if not wording.are_opposites(*pair)] == []
    assert [pair for pair in regular if not wording.are_opposites(*pair[::-1])] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [("bigger", "smaller"), ("increased", "decreases"), ("accepted", "rejecting"), ("profitable", "unprofitable")],
)
def test_inflections_of_opposites_are_opposites(one: str, other: str) -> None:
    assert load_wording().are_opposites(one, other)


@pytest.mark.parametrize(("one", "other"), [("big", "bigger"), ("sold", "shipped"), ("northern", "road")])
def test_other_words_are_none(one: str, other: str) -> None:
    assert not load_wording().are_opposites(one, other)
