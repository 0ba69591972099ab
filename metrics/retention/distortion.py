"""Is a restatement still true to its original? Precision first: only a change that alters facts is a distortion."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tierscope.errors import InputError
from tierscope.metrics.retention.changes import Change, ChangeKind, find_changes
from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity
from tierscope.metrics.retention.scores import DistortionScore, DistortionVerdict
from tierscope.metrics.retention.wording import load_wording
from tierscope.metrics.retention.words import CONTENT_IDF, content_stems, idf, split_words, stem

__all__ = ["CERTAINTY", "DISTORTED_AT", "find_contradiction", "find_misstated_number", "score_distortion"]

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

_ABOUT_THE_SAME = 0.6
"""Share of a unit's remaining content that a sentence must have before the two can contradict each other."""
_NEARLY_ALL = 0.75
_EXCHANGED_WORDS = 3
_NEIGHBOUR_CHARACTERS = 24
_RARE_IDF = 2.5
_PERIODS = ("date", "year", "quarter")
_ROW_FIGURES = 3
_LABEL_CHARACTERS = 8
_POINTS = ("", "date", "year", "quarter", "time", "ordinal")
"""Kinds of number of which one close by is simply another one."""


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


def find_contradiction(unit: str, sentence: str, missing: Sequence[Quantity] | None = None) -> Change | None:
    """Find what of a unit a sentence says otherwise; the sentence may say more besides.

    Unlike for two versions of one statement, what is added or left out is no contradiction here: only a number, word or
    polarity that stands where the unit's should.

    Args:
        unit: one atomic statement.
        sentence: the sentence of a text that comes nearest to it.
        missing: the unit's numbers that the whole text does not state; where None, those that the sentence does not.
    """
    if missing is None:
        there = find_quantities(sentence)
        missing = [one for one in find_quantities(unit) if not any(is_same_quantity(one, other) for other in there)]
    return _number_contradiction(unit, sentence, missing) or _word_contradiction(unit, sentence)


def find_misstated_number(
    unit: str, missing: Sequence[Quantity], sentences: Sequence[str]
) -> tuple[Change, str] | None:
    """Find a number that a text gives almost, but not quite, as the unit has it, about the same thing.

    A figure that comes so close without being a rounding is hardly another figure, so one rare word of the unit beside
    it is enough, where a contradiction otherwise needs most of the unit.

    Args:
        unit: one atomic statement.
        missing: its numbers that the text does not state.
        sentences: of the text.

    Returns:
        The change and the sentence that has it.
    """
    if _opens_with_other_period(missing):
        return None
    rare = {key for key, weight in _gist(unit).items() if weight >= _RARE_IDF}
    for quantity in missing:
        for sentence in sentences:
            for other in find_quantities(sentence):
                if _is_near_miss(quantity, other) and rare & _neighbours(sentence, other):
                    return Change("number changed", quantity.text, other.text), sentence
    return None


def _is_near_miss(one: Quantity, other: Quantity) -> bool:
    """Same unit, same places, three digits or more, and less than a hundredth apart."""
    if one.kind != other.kind or one.kind in _POINTS or one.step != other.step or abs(one.value) < 100 * one.step:
        return False
    return 0 < abs(abs(one.value) - abs(other.value)) <= abs(one.value) / 100


def _number_contradiction(unit: str, sentence: str, missing: Sequence[Quantity]) -> Change | None:
    if not missing or _recall_of_rest(unit, sentence) < _NEARLY_ALL or _is_other_record(unit, sentence, missing):
        return None
    wanted = find_quantities(unit)
    free = [one for one in find_quantities(sentence) if not any(is_same_quantity(one, own) for own in wanted)]
    for quantity in missing:
        around = _neighbours(unit, quantity)
        for other in free:
            if other.kind == quantity.kind and around & _neighbours(sentence, other):
                return Change("number changed", quantity.text, other.text)
    return None


def _is_other_record(unit: str, sentence: str, missing: Sequence[Quantity]) -> bool:
    """Recognise figures of another period, or a row of figures of which the text has none: left out, not misstated."""
    periods = [one for one in missing if one.kind in _PERIODS]
    if periods and len(periods) < len(missing):
        return True
    figures = [one for one in find_quantities(unit) if one.kind not in _PERIODS]
    is_row_apart = len(figures) >= _ROW_FIGURES and all(one in missing for one in figures)
    return is_row_apart or (bool(periods) and len(find_quantities(sentence)) > 1) or _opens_with_other_period(missing)


def _opens_with_other_period(missing: Sequence[Quantity]) -> bool:
    return any(one.kind in _PERIODS and one.start <= _LABEL_CHARACTERS for one in missing)


def _neighbours(text: str, quantity: Quantity) -> frozenset[str]:
    """Content stems close to a number in the text."""
    near = text[max(0, quantity.start - _NEIGHBOUR_CHARACTERS) : quantity.start]
    near += " " + text[quantity.end : quantity.end + _NEIGHBOUR_CHARACTERS]
    near = re.sub(r"\d\S*", " ", near)
    return frozenset(_gist(near)) - {"up", "down"}


@lru_cache(maxsize=20_000)
def _gist(text: str) -> dict[str, float]:
    """Content stems and their idf; words of one direction (rose, up, higher) count as one and the same."""
    wording = load_wording()
    found: dict[str, float] = {}
    for word in split_words(text):
        key = wording.directions.get(word, wording.base(word))
        if not any(character.isdigit() for character in key) and idf(word) >= CONTENT_IDF:
            found[key] = max(found.get(key, 0.0), idf(word))
    return found


def _recall_of_rest(unit: str, sentence: str, without: Sequence[str] = ()) -> float:
    """Share of the unit's idf, numbers and the given words aside, that the sentence has."""
    wording = load_wording()
    left_out = {wording.directions.get(word, wording.base(word)) for word in without}
    wanted = {key: weight for key, weight in _gist(unit).items() if key not in left_out}
    there = _gist(sentence).keys()
    total = sum(wanted.values())
    return sum(weight for key, weight in wanted.items() if key in there) / total if total else 0.0


def _word_contradiction(unit: str, sentence: str) -> Change | None:
    if _recall_of_rest(unit, sentence) < _ABOUT_THE_SAME:
        return None
    turned = _direction_contradiction(unit, sentence)
    if turned is not None:
        return turned
    for change in find_changes(unit, sentence):
        if change.kind in ("opposite word", "other of its kind", "hedge removed"):
            is_short = max(len(change.before.split()), len(change.after.split())) <= _EXCHANGED_WORDS
            if is_short and _stands_alike(unit, change.before, sentence, change.after):
                return change
        elif change.kind.startswith("negation") and _is_negated_alike(unit, sentence) is False:
            return change
    return None


def _direction_contradiction(unit: str, sentence: str) -> Change | None:
    """One direction in the unit, only the other in the sentence, and nearly all else the same."""
    directions = load_wording().directions
    own = [word for word in split_words(unit) if word in directions]
    others = [word for word in split_words(sentence) if word in directions]
    sides, other_sides = {directions[word] for word in own}, {directions[word] for word in others}
    if len(sides) != 1 or len(other_sides) != 1 or sides == other_sides:
        return None
    if _recall_of_rest(unit, sentence, own) < _NEARLY_ALL:
        return None
    return Change("opposite word", own[0], others[0])


def _stands_alike(unit: str, before: str, sentence: str, after: str) -> bool:
    """Say whether the exchanged words have a neighbour in common, and the unit's other content is nearly all there."""
    if _recall_of_rest(unit, sentence, before.split()) < _NEARLY_ALL:
        return False
    return bool(_next_to(unit, before) & _next_to(sentence, after))


def _next_to(text: str, phrase: str) -> set[tuple[int, str]]:
    """Words right before (-1) and right after (1) a phrase in a text, as stems."""
    words, wanted = [stem(word) for word in split_words(text)], [stem(word) for word in split_words(phrase)]
    places = [at for at in range(len(words)) if words[at : at + len(wanted)] == wanted]
    before = {(-1, words[at - 1]) for at in places if at > 0}
    after = {(1, words[at + len(wanted)]) for at in places if at + len(wanted) < len(words)}
    return before | after


def _is_negated_alike(unit: str, sentence: str) -> bool | None:
    """Compare the negations close to the words that unit and sentence share; None where they share too few."""
    if _recall_of_rest(unit, sentence) < 0.8:
        return None
    wording = load_wording()
    shared = content_stems(unit).keys() & {stem(word) for word in split_words(sentence)}

    def negated(text: str) -> set[str]:
        words = split_words(text)
        return {
            stem(word)
            for index, word in enumerate(words)
            if stem(word) in shared and any(wording.is_negation(other) for other in words[max(0, index - 2) : index])
        }

    return negated(unit) == negated(sentence)
