"""Texts that nobody would write for a person: a score or a reason, in bounded work, never a crash."""

import pytest

from tierscope.metrics.retention import score_distortion, score_retention, split_claims

UNIT = "Inventories rose 20.6% in three months."

HUGE = {
    "one word": "x" * 300_000,
    "no blanks": "利率上升了" * 20_000,
    "markup": "<p>Rates <b>rose</b> 3%</p>\n" * 4_000,
    "table": "| a | b |\n|---|---|\n" + "| x 3% | y 4 |\n" * 6_000,
    "code": "function a(b){return b.c(d,e);}" * 4_000,
    "open brackets": "[a](" * 20_000,
    "asterisks": "*" * 300_000 + "a",
    "line ends": "\n" * 500_000,
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
@pytest.mark.parametrize("scorer", ["lexical", "calibrated"])
def test_huge_text_is_searched(scorer: str, text: str) -> None:
    (row,) = score_retention([UNIT], [text], scorer)
    assert row.score is not None or row.reasons


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_huge_text_is_split_into_short_claims(text: str) -> None:
    assert all(len(claim.text) <= 2_000 for claim in split_claims(text))


def test_huge_statement_is_refused_with_the_reason() -> None:
    huge = "Rates rose again. " * 200_000
    (row,) = score_retention([huge], [UNIT])
    assert (row.score, row.reasons) == (None, ("the unit has 3,600,000 characters: split it into claims first",))
    (pair,) = score_distortion([UNIT], [huge])
    assert pair.reasons == ("the edited statement has 3,600,000 characters: compare it claim by claim",)


LANGUAGES = [
    ("Die Lagerbestände stiegen um 20,6 %.", "Der Umsatz blieb gleich. Die Lagerbestände stiegen um 20,6 %."),
    ("央行将利率上调了25个基点。", "市场平静。央行将利率上调了25个基点。没有人辞职。"),
    ("رفع البنك المركزي سعر الفائدة إلى 4.5%.", "كانت السوق هادئة. رفع البنك المركزي سعر الفائدة إلى 4.5%."),
    ("Продажи выросли на 12%.", "Никто не ушёл. Продажи выросли на 12%."),
    ("🚀 launch went well 🚀", "Notes: 🚀 launch went well 🚀 today"),
]


@pytest.mark.parametrize(("unit", "text"), LANGUAGES, ids=["German", "Chinese", "Arabic", "Russian", "emoji"])
def test_statement_that_stands_word_for_word_is_retained_in_any_language(unit: str, text: str) -> None:
    kept, lost = score_retention([unit, unit], [text, "The mayor of Lisbon opened a bridge."])
    assert kept.verdict == "retained"
    assert lost.verdict == "lost"
    assert score_distortion([unit], [unit])[0].verdict == "faithful"


def test_number_changed_in_another_language_is_found() -> None:
    (row,) = score_distortion(["Die Marge betrug 20,6 %."], ["Die Marge betrug 20,5 %."])
    assert row.verdict == "distorted"
