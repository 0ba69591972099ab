"""What stands in a sentence word for word may still be turned round by the rest of it."""

import pytest

from tierscope.metrics.retention.verbatim import find_verbatim

UNIT = "Customer data was exposed."


def test_statement_within_a_longer_sentence_is_found() -> None:
    assert find_verbatim(UNIT, ["The log is full.", "In May customer data was exposed, the team says."]) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "No customer data was exposed.",
        "It is not true that customer data was exposed.",
        "They deny customer data was exposed.",
    ],
)
def test_negated_one_is_none(sentence: str) -> None:
    assert find_verbatim(UNIT, [sentence]) is None
    assert find_verbatim(sentence, [sentence]) == 0
