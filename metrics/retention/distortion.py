"""Is a restatement still true to its original? Precision first: only a change that alters facts is a distortion."""

from collections.abc import Sequence

from tierscope.errors import InputError
from tierscope.metrics.retention.changes import ChangeKind, find_changes
from tierscope.metrics.retention.quantities import find_quantities
from tierscope.metrics.retention.scores import MAXIMUM_STATEMENT_CHARACTERS, DistortionScore, DistortionVerdict
from tierscope.metrics.retention.words import content_stems, split_words

__all__ = ["CERTAINTY", "DISTORTED_AT", "score_distortion"]

CERTAINTY: dict[ChangeKind, float] = {
    "number changed": 0.99,
    "name changed": 0.99,
    "opposite word": 0.98,
    "restriction changed": 0.97,
    "negation added": 0.97,
    "other of its kind": 0.96,
    "contrast added": 0.95,
    "extent changed": 0.95,
    "hedge removed": 0.95,
    "hedge added": 0.95,
    "name added": 0.93,
    "name left out": 0.93,
    "number added": 0.92,
    "negation removed": 0.9,
    "number left out": 0.6,
}
"""How often a pair with such a change was judged inconsistent by people: about the shares measured on SummEdits."""

DISTORTED_AT = 0.85
"""From this score on the verdict is "distorted"; below it the reasons are hints."""


def score_distortion(originals: Sequence[str], edited: Sequence[str]) -> list[DistortionScore]:
    """Judge whether edited statement i distorts original i, for every i.

    Works on words and numbers, without a model. The score is the certainty of the most certain change; two statements
    without a common content word are not compared.

    Args:
        originals: the statements as first made.
        edited: the same statements as passed on, as many.

    Raises:
        InputError: there are not as many edited statements as originals.
    """
    if len(originals) != len(edited):
        raise InputError(
            f"{len(originals)} originals cannot be paired with {len(edited)} edited statements: pass as many."
        )
    return [_score_pair(original, other) for original, other in zip(originals, edited, strict=True)]


def _score_pair(original: str, edited: str) -> DistortionScore:
    for name, text in (("original", original), ("edited statement", edited)):
        if len(text) > MAXIMUM_STATEMENT_CHARACTERS:
            return DistortionScore(None, None, (f"the {name} has {len(text):,} characters: compare it claim by claim",))
        if not split_words(text):
            return DistortionScore(None, None, (f"the {name} has no words",))
    if original == edited:
        return DistortionScore(0.0, "faithful", ())
    if not content_stems(original).keys() & content_stems(edited).keys() and not find_quantities(original):
        return DistortionScore(None, None, ("the two statements have no word in common",))
    changes = sorted(find_changes(original, edited), key=lambda change: -CERTAINTY[change.kind])
    score = CERTAINTY[changes[0].kind] if changes else 0.0
    verdict: DistortionVerdict = "distorted" if score >= DISTORTED_AT else "faithful"
    return DistortionScore(score, verdict, tuple(map(str, changes)))
