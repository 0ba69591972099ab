import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.errors import InputError
from tierscope.metrics.retention import compute_retention_bound, compute_retention_efficiency

CLAIMS = ["Rates rose again.", "The bank may cut jobs in the autumn.", "Nobody resigned."]  # 3, 8 and 2 words


def test_bound_takes_the_most_weight_a_word() -> None:
    # 5 words hold the two short claims; 9 words those and half of the long one
    assert compute_retention_bound(CLAIMS, [1, 1, 1], 5) == pytest.approx(2 / 3)
    assert compute_retention_bound(CLAIMS, [1, 1, 1], 9) == pytest.approx(2.5 / 3)
    assert compute_retention_bound(CLAIMS, [1, 8, 1], 8) == pytest.approx(0.8)


def test_nothing_to_keep_has_no_bound() -> None:
    assert compute_retention_bound([], [], 10) is None
    assert compute_retention_bound(["a b"], [0], 10) is None


def test_short_synthesis_that_kept_all_it_could_is_fully_efficient() -> None:
    synthesis = "Rates rose again. Nobody resigned."
    assert compute_retention_efficiency(CLAIMS, [1, 1, 1], [1, 0, 1], synthesis) == pytest.approx(1)
    assert compute_retention_efficiency(CLAIMS, [1, 1, 1], [1, 0, 0], synthesis) == pytest.approx(0.5)


def test_blank_synthesis_has_no_efficiency() -> None:
    assert compute_retention_efficiency(CLAIMS, [1, 1, 1], [0, 0, 0], "") is None


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(InputError, match="1 claims cannot be weighed with 2 weights: pass as many"):
        compute_retention_bound(["a"], [1, 2], 3)
    with pytest.raises(InputError, match="1 claims cannot be paired with 0 shares: pass as many"):
        compute_retention_efficiency(["a"], [1], [], "a")


@given(st.lists(st.tuples(st.text("ab ", min_size=1), st.floats(0.01, 1)), min_size=1), st.integers(0, 50))
def test_more_words_never_hold_less(items: list[tuple[str, float]], budget: int) -> None:
    claims, weights = [claim for claim, _ in items], [weight for _, weight in items]
    less, more = (compute_retention_bound(claims, weights, words) for words in (budget, budget + 1))
    assert less is not None
    assert more is not None
    assert 0 <= less <= more + 1e-9 <= 1 + 2e-9
