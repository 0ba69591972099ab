from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.retention.quantities import find_quantities, is_same_quantity
from tierscope.metrics.retention.stated_quantities import StatedQuantities

NUMBERS = st.one_of(
    st.decimals(-2000, 2000, places=2).map(str),
    st.integers(0, 120).map(lambda number: f"about {number}"),
    st.integers(1, 99).map(lambda number: f"{number}%"),
    st.integers(1, 99).map(lambda number: f"${number / 10}bn"),
    st.integers(1, 999).map(lambda number: f"{number} bp"),
    st.integers(1990, 2030).map(str),
    st.sampled_from(["Q3 2025", "Q3", "3 March", "3 March 2025", "March 2025", "2025-03-03", "0", "1,200m", "third"]),
)


@given(NUMBERS, st.lists(NUMBERS, max_size=12))
def test_numbers_found_by_size_are_those_that_a_look_at_each_finds(wanted: str, stated: list[str]) -> None:
    sentences = [f"The value was {number} then." for number in stated]
    index = StatedQuantities(sentences)
    for quantity in find_quantities(f"It said {wanted} now."):
        each = [
            (sentence, other)
            for sentence in sentences
            for other in find_quantities(sentence)
            if is_same_quantity(quantity, other)
        ]
        found = [(one.sentence, one.quantity) for one in index.find(quantity)]
        assert sorted(found, key=str) == sorted(each, key=str)
