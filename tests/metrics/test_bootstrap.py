"""Intervals over clusters hold what they promise, for few clusters too."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.bootstrap import difference_interval, ratio_interval
from tierscope.metrics.student_t import two_sided_quantile


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
    # Six runs that agree are still only sixty draws: .5 +- 2.5706 * (.25 / 60) ** .5.
    assert even == pytest.approx((0.3341, 0.6659), abs=1e-4)
    assert uneven.low is not None
    assert uneven.high is not None
    assert uneven.low < 0.3 < 0.7 < uneven.high


def test_where_every_cluster_agrees_on_all_or_none_the_number_of_clusters_bounds_the_interval() -> None:
    # Clopper-Pearson at 10 of 10: .025 ** (1 / 10).
    assert ratio_interval([4] * 10, [4] * 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
    assert ratio_interval([0] * 10, [4] * 10) == pytest.approx((0.0, 0.3085), abs=1e-4)


@pytest.mark.parametrize(
    ("level", "degrees", "tabled"),
    [
        *((0.95, 1, 12.7062), (0.95, 2, 4.3027), (0.95, 3, 3.1824), (0.95, 4, 2.7764), (0.95, 9, 2.2622)),
        *((0.99, 5, 4.0321), (0.99, 10, 3.1693), (0.95, 120, 1.9799), (0.95, 1000, 1.9623), (0.95, 10**6, 1.9600)),
    ],
)
def test_quantiles_of_student_are_those_of_the_tables(level: float, degrees: int, tabled: float) -> None:
    assert two_sided_quantile(level, degrees) == pytest.approx(tabled, abs=1e-4)


def test_interval_of_two_clusters_reaches_as_far_as_student_says() -> None:
    # Means 40 and 60: resamples are 40 or 60, so their spread is 10, and t at one degree of freedom 12.7062.
    low, high = ratio_interval([400, 600], [10, 10], is_share=False)
    assert low == 0
    assert high == pytest.approx(50 + 12.7062 * 10, rel=0.01)


def test_mean_below_one_is_no_share_unless_it_is_said_to_be() -> None:
    assert ratio_interval([0.2, 0.9], [1, 1]).high == 1
    assert (ratio_interval([0.2, 0.9], [1, 1], is_share=False).high or 0) > 1


@pytest.mark.parametrize("clusters", [2, 3, 5, 10])
def test_intervals_of_few_clusters_hold_the_truth_about_as_often_as_they_say(clusters: int) -> None:
    random, held, rounds = Random(clusters), 0, 200
    for _ in range(rounds):
        low, high = ratio_interval([random.gauss(100, 20) for _ in range(clusters)], [1] * clusters, is_share=False)
        held += low is not None and high is not None and low <= 100 <= high
    # 190 of 200 are expected; percentiles of the resamples alone hold it 100 times of 200 for two clusters.
    assert held >= 178


@pytest.mark.parametrize("clusters", [2, 3, 5])
def test_difference_of_two_halves_of_one_system_seldom_leaves_out_zero(clusters: int) -> None:
    random, wrong, rounds = Random(clusters), 0, 200
    for _ in range(rounds):
        groups = [([random.gauss(100, 20) for _ in range(clusters)], [1] * clusters) for _ in range(2)]
        low, high = difference_interval(groups[0], groups[1], is_share=False)
        wrong += low is not None and high is not None and (low > 0 or high < 0)
    assert wrong <= 16


def test_arms_of_a_difference_add_as_squares() -> None:
    first, second = ([6, 7, 8, 7], [10] * 4), ([3, 2, 4, 3], [10] * 4)
    before, after = ratio_interval(*first), ratio_interval(*second, seed=20_250_102)
    assert before.low is not None
    assert after.high is not None
    high = (0.3 - 0.7) + ((after.high - 0.3) ** 2 + (0.7 - before.low) ** 2) ** 0.5
    assert difference_interval(first, second).high == pytest.approx(high)


def test_difference_from_all_to_none_is_no_surer_than_the_number_of_clusters() -> None:
    few = difference_interval(([4, 4], [4, 4]), ([0, 0], [4, 4]))
    # Clopper-Pearson at 2 of 2 is .025 ** .5 = .1581 on either side: the arms are .8419 and .8419.
    assert few.high == pytest.approx(-1 + 2**0.5 * 0.8419, abs=1e-4)
    assert few.low == pytest.approx(-1)


def test_difference_of_clearly_different_groups_excludes_zero() -> None:
    interval = difference_interval(([9, 8, 9, 10], [10] * 4), ([2, 3, 1, 2], [10] * 4))
    assert interval.high is not None
    assert interval.high < -0.4


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=12))
def test_interval_of_a_share_holds_its_estimate_and_stays_within_zero_and_one(pairs: list[tuple[int, int]]) -> None:
    tops, bottoms = [min(pair) for pair in pairs], [max(pair) for pair in pairs]
    interval = ratio_interval(tops, bottoms)
    if interval.low is None or interval.high is None:
        return
    assert 0 <= interval.low <= interval.high <= 1
