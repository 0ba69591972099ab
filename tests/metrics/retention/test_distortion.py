from pathlib import Path
from typing import Any

import pytest
import yaml

from tierscope.errors import InputError
from tierscope.metrics.retention import score_distortion

GOLDEN = Path(__file__).resolve().parents[3] / "datasets" / "golden" / "distortion.yaml"
CASES: dict[str, list[dict[str, Any]]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES["distorted"], ids=lambda case: f"{case['kind']}: {case['edited'][:40]}")
def test_planted_distortion_is_found_and_named(case: dict[str, Any]) -> None:
    (score,) = score_distortion([case["original"]], [case["edited"]])
    assert score.verdict == "distorted"
    changed = score.reasons[0].partition(": ")[2]
    assert any(word.lower() in (case["original"] + case["edited"]).lower() for word in changed.split(" -> "))


@pytest.mark.parametrize("case", CASES["faithful"], ids=lambda case: f"{case['kind']}: {case['edited'][:40]}")
def test_faithful_restatement_is_left_alone(case: dict[str, Any]) -> None:
    (score,) = score_distortion([case["original"]], [case["edited"]])
    assert score.verdict == "faithful"


def test_reason_names_the_words() -> None:
    (score,) = score_distortion(["Margin was 20.6% in May."], ["Margin was 20.5% in May."])
    assert score.reasons == ("number changed: 20.6% -> 20.5%",)


def test_what_cannot_be_compared_scores_none_with_a_reason() -> None:
    empty, unrelated = score_distortion(["", "Rates rose."], ["x", "Cats sleep."])
    assert (empty.score, empty.verdict, empty.reasons) == (None, None, ("the original has no words",))
    assert (unrelated.score, unrelated.reasons) == (None, ("the two statements have no word in common",))


def test_uneven_columns_are_refused() -> None:
    with pytest.raises(InputError, match="2 originals cannot be paired with 1 edited statements: pass as many"):
        score_distortion(["a", "b"], ["a"])
