"""A statement about somebody is not found whole in a text about somebody else."""

import pytest

from tierscope.metrics.retention import score_retention


@pytest.mark.parametrize(
    ("unit", "text", "missing"),
    [
        (
            "Exports of copper from Peru rose by 12.5% in May.",
            "Exports of salt from Norway rose by 12.5% in May.",
            "peru",
        ),
        ("Intel's margin fell in the quarter.", "Margins: Nvidia's margin fell in the quarter.", "intel"),
        (
            "Anna Petrova signed the contract with the harbour.",
            "Someone signed the contract with the harbour.",
            "petrova",
        ),
    ],
)
def test_statement_that_names_another_is_at_best_partial(unit: str, text: str, missing: str) -> None:
    (score,) = score_retention([unit], [text])
    assert score.verdict != "retained", score
    assert missing in " ".join(score.reasons)


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        ("Carrie Reichert was suspended for a week.", "Ms Reichart was suspended for a week on Monday."),
        ("Whitfield, the CFO, stays in her post.", "The chief financial officer, Dana Whitfield, stays in her post."),
        ("Intel's margin fell in the quarter.", "Intel reported late. Its margin fell in the quarter."),
    ],
    ids=["another spelling", "initials", "named before"],
)
def test_name_that_is_there_in_another_form_is_no_stranger(unit: str, text: str) -> None:
    (score,) = score_retention([unit], [text])
    assert score.verdict == "retained", score
