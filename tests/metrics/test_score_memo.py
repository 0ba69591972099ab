import subprocess
import sys
from pathlib import Path

import pytest

from tierscope.metrics.retention.lexical import LexicalScorer
from tierscope.metrics.score_memo import score_pairs

PROGRAM = """
from tierscope.metrics.score_memo import score_pairs
print(score_pairs(["Rates rose."], ["Rates rose again."], "lexical"))
"""


@pytest.fixture(autouse=True)
def own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIERSCOPE_CACHE_DIR", str(tmp_path))


def test_what_another_process_scored_is_not_scored_again() -> None:
    first = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    seen: list[tuple[int, int]] = []
    found = score_pairs(
        ["Rates rose."], ["Rates rose again."], "lexical", lambda done, total: seen.append((done, total))
    )
    assert first.stdout == f"{found}\n"
    assert seen == [(1, 1)]  # scoring itself would have told as well


def test_equal_pairs_are_scored_once_and_order_is_kept() -> None:
    units = ["Costs fell.", "Rain came.", "Costs fell."]
    name, scores = score_pairs(units, ["Costs fell by half."] * 3, "lexical")
    assert name == "lexical"
    assert [score.verdict for score in scores] == ["retained", "lost", "retained"]
    assert scores[0] is scores[2]


def test_what_was_scored_before_an_interruption_is_kept() -> None:
    units = [f"Exports of ware {number} rose by {number}%." for number in range(300)]
    texts = ["Exports of ware 7 rose by 7%. Nobody resigned."] * len(units)

    def interrupt(done: int, total: int) -> None:
        seen.append((done, total))
        if done >= 64:
            raise KeyboardInterrupt

    seen: list[tuple[int, int]] = []
    with pytest.raises(KeyboardInterrupt):
        score_pairs(units, texts, "calibrated", interrupt)
    assert seen == [(0, 300), (32, 300), (64, 300)]
    seen.clear()
    _, scores = score_pairs(units, texts, "calibrated", lambda done, total: seen.append((done, total)))
    assert seen[0] == (0, 300 - 64)
    assert [score.verdict for score in scores].count("retained") == 1


def test_scores_by_a_scorer_object_stay_in_the_process(tmp_path: Path) -> None:
    score_pairs(["A bridge opened."], ["A bridge was opened."], LexicalScorer("mine"))
    assert list(tmp_path.iterdir()) == []
