"""Intervals over clusters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.bootstrap import difference_interval, ratio_interval


def test_one_cluster_has_no_interval() -> None:
    assert ratio_interval([3], [4]) == (None, None)
    assert ratio_interval([3, 0], [4, 0]) == (None, None)
    assert difference_interval(([1], [2]), ([1, 1], [2, 2])) == (None, None)


def test_same_seed_gives_the_same_interval_and_another_one_a_slightly_other() -> None:
    counts = ([3, 1, 4, 2, 2], [4, 4, 5, 3, 6])
    assert ratio_interval(*counts) == ratio_interval(*counts)
    assert ratio_interval(*counts, seed=1) != ratio_interval(*counts, seed=2)


def test_clusters_that_differ_give_a_wider_interval_than_clusters_that_agree() -> None:
    even, uneven = ratio_interval([5] * 6, [10] * 6), ratio_interval([0, 10] * 3, [10] * 6)
    assert even == (0.5, 0.5)
    assert uneven.low is not None
    assert uneven.high is not None
    assert uneven.low < 0.3 < 0.7 < uneven.high


def test_where_every_cluster_agrees_on_all_or_none_the_number_of_clusters_bounds_the_interval() -> None:
    # Clopper-Pearson at 10 of 10: .025 ** (1 / 10).
    assert ratio_interval([4] * 10, [4] * 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert ratio_interval([0] * 10, [4] * 10) == pytest.approx((0.0, 0.3085), abs=1e-4)


def test_difference_of_clearly_different_groups_excludes_zero() -> None:
    interval = difference_interval(([9, 8, 9, 10], [10] * 4), ([2, 3, 1, 2], [10] * 4))
    assert interval.high is not None
    assert interval.high < -0.5


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=12))
def test_interval_of_a_share_holds_its_estimate_and_stays_within_zero_and_one(pairs: list[tuple[int, int]]) -> None:
    tops, bottoms = [min(pair) for pair in pairs], [max(pair) for pair in pairs]
    interval = ratio_interval(tops, bottoms)
    if interval.low is None or interval.high is None:
        return
    assert 0 <= interval.low <= interval.high <= 1
