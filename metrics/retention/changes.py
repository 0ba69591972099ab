"""What an edited statement changed of the original, change by change, each with the words."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tierscope.metrics.retention.name_forms import find_absent_names
from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity
from tierscope.metrics.retention.quantity_terms import load_quantity_terms
from tierscope.metrics.retention.wording import Wording, load_wording
from tierscope.metrics.retention.words import CONTENT_IDF, idf, split_words

__all__ = ["Change", "ChangeKind", "find_changes", "is_seen_from_other_side"]

ChangeKind = Literal[
    "number changed",
    "number added",
    "number left out",
    "opposite word",
    "other of its kind",
    "negation added",
    "negation removed",
    "name changed",
    "name added",
    "name left out",
    "extent changed",
    "restriction changed",
    "contrast added",
    "hedge removed",
    "hedge added",
]

_NEGATED_REACH = 3
_IDIOM = re.compile(r"\b(no) (matter|doubt)\b|\b(not) (only|just)\b")
_MERE = re.compile(r"\b(?:only|just|merely) (?=[$\u20ac\u00a3\u00a5~]?\d|(?:over|under|above|below|about|around)\b)")
"""Before a number it says what somebody thinks of it: "only 12%" is 12%."""
_DECLINED = re.compile(r"\bdeclin(?:e|es|ed|ing) (?=to\b)|\brul(?:e|es|ed|ing) out ")
_BESIDE_WORDS = 6
"""How far on either side of a word those may stand whose relation it says: "Anna sold the house to Bob"."""
_MONTH_OF_MAY = re.compile(r"(?<=[\w,] )May\b")
_PERIODS = ("s", "month")
"""Base units of time."""
_CUT_WORDS = 3
"""A hedge that goes with more words than that was cut with its clause."""
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*%?|\w+(?:['\u2019]\w+)*")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that the edited statement says otherwise."""

    kind: ChangeKind
    """What sort of change."""
    before: str
    """Words of the original; empty for something added."""
    after: str
    """Words of the edited statement; empty for something left out."""

    def __str__(self) -> str:
        """Render as "number changed: 20.6% -> 20.5%"."""
        return f"{self.kind}: {' -> '.join(part for part in (self.before, self.after) if part)}"


def find_changes(original: str, edited: str) -> list[Change]:
    """List what changed between two statements that are about the same thing, the most certain kinds first."""
    found = [
        *_number_changes(original, edited),
        *_name_changes(original, edited),
        *_negation_changes(original, edited),
        *_word_changes(original, edited),
    ]
    return _without_double_negation(list(dict.fromkeys(found)))


def _without_double_negation(changes: list[Change]) -> list[Change]:
    """Drop a negation together with the opposite that makes up for it: "not insured" became "uninsured"."""
    negations = [change for change in changes if change.kind in ("negation added", "negation removed")]
    opposites = [change for change in changes if change.kind == "opposite word"]
    if len(negations) != 1 or len(opposites) != 1 or " " in negations[0].before + negations[0].after:
        return changes
    return [change for change in changes if change not in (negations[0], opposites[0])]


def _number_changes(original: str, edited: str) -> Iterator[Change]:
    gone, new = _unmatched(original, edited), _unmatched(edited, original)
    if gone and new:
        for quantity in gone:
            other = _counterpart(quantity, new)
            yield Change("number changed", quantity.text, other.text)
        return
    for quantity in gone:
        yield Change("number left out", quantity.text, "")
    for quantity in new:
        yield Change("number added", "", quantity.text)


def _unmatched(text: str, other: str) -> list[Quantity]:
    there, settled = find_quantities(other), _single_periods(text, other)
    return [
        one
        for one in find_quantities(text)
        if one not in settled and not any(is_same_quantity(one, its) for its in there)
    ]


def _single_periods(text: str, other: str) -> list[Quantity]:
    """Numbers of a text that the other one says in a word: twelve months are a year."""
    units, in_numbers = load_quantity_terms().units, _number_words(other)
    words = {word for word in split_words(other) if word not in in_numbers and not word.endswith("s")}
    periods = {units[word] for word in words & units.keys() if units[word][0] in _PERIODS}
    return [one for one in find_quantities(text) if (one.kind, one.value) in periods]


def _counterpart(quantity: Quantity, others: list[Quantity]) -> Quantity:
    """Choose the other number of the same kind that stands nearest to the same place."""
    same_kind = [other for other in others if other.kind == quantity.kind] or others
    return min(same_kind, key=lambda other: abs(other.start - quantity.start))


def _name_changes(original: str, edited: str) -> Iterator[Change]:
    numbers = _number_words(original) | _number_words(edited)
    gone = [name for name in find_absent_names(original, edited) if name not in numbers]
    new = [name for name in find_absent_names(edited, original) if name not in numbers]
    if gone and new:
        yield Change("name changed", ", ".join(gone), ", ".join(new))
    elif gone and _new_content(edited, original):  # a mere cut leaves names out as well
        yield Change("name left out", ", ".join(gone), "")
    elif new:
        yield Change("name added", "", ", ".join(new))


def _new_content(text: str, other: str) -> bool:
    wording = load_wording()
    there = {wording.base(word) for word in split_words(other)}
    return any(idf(word) >= CONTENT_IDF and wording.base(word) not in there for word in split_words(text))


def _negation_changes(original: str, edited: str) -> Iterator[Change]:
    before, after = _negations(original), _negations(edited)
    if len(after) > len(before):
        yield Change("negation added", "", ", ".join((Counter(after) - Counter(before)).elements()))
    elif len(before) > len(after) and not _is_reworded(original, edited):
        yield Change("negation removed", ", ".join((Counter(before) - Counter(after)).elements()), "")


def _negations(text: str) -> list[str]:
    return [word for word in _tokens(text) if load_wording().is_negation(word)]


def _is_reworded(text: str, other: str) -> bool:
    """Say whether the other lacks what the text negates: "not expensive" may have become "cheap"."""
    wording = load_wording()
    words = _tokens(text)
    there = {wording.base(word) for word in split_words(other)}
    for place, word in enumerate(words):
        following = [one for one in words[place + 1 : place + 1 + _NEGATED_REACH] if idf(one) >= CONTENT_IDF]
        is_there = any(wording.base(one) in there or _has_opposite(one, other) for one in following)
        if wording.is_negation(word) and is_there:
            return False
    return True


def _has_opposite(word: str, text: str) -> bool:
    return any(load_wording().are_opposites(word, other) for other in split_words(text))


def _word_changes(original: str, edited: str) -> Iterator[Change]:
    wording = load_wording()
    before, after = _tokens(original), _tokens(edited)
    gone, new = Counter(before) - Counter(after), Counter(after) - Counter(before)
    in_numbers = _number_words(original) | _number_words(edited)
    settled = _tokens_of([*_single_periods(original, edited), *_single_periods(edited, original)])
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for operation, start, end, other_start, other_end in matcher.get_opcodes():
        if operation == "equal":
            continue
        old, fresh = before[start:end], after[other_start:other_end]
        for place, one in enumerate(old, start):
            for other_place, other in enumerate(fresh, other_start):
                is_number = {one, other} <= in_numbers or not settled.isdisjoint({one, other})
                if one not in gone or other not in new or is_number:
                    continue
                if not is_seen_from_other_side(before, place, after, other_place):
                    yield from _exchange(one, other, wording)
        yield from _scope_changes(old, fresh, new, wording)
        yield from _hedge_changes(old, fresh, new, wording)
    yield from _restriction_changes(gone, new, wording)


def _number_words(text: str) -> set[str]:
    """Words that are part of numbers ("90 minutes"): those are compared by value."""
    return _tokens_of(find_quantities(text))


def _tokens_of(quantities: Sequence[Quantity]) -> set[str]:
    return {word for quantity in quantities for word in _tokens(quantity.text)}


def _tokens(text: str) -> list[str]:
    marked = _MONTH_OF_MAY.sub("month_may", text)  # unlike the hedge "may"
    marked = _MERE.sub("", _DECLINED.sub("refused ", _IDIOM.sub(_joined, marked.lower())))
    return [match.group().replace("\u2019", "'") for match in _TOKEN.finditer(marked)]


def _joined(match: re.Match[str]) -> str:
    return match.group().replace(" ", "_")


def is_seen_from_other_side(words: Sequence[str], place: int, others: Sequence[str], other_place: int) -> bool:
    """Say whether what stands on either side of two words changed sides: "A sold B a car" and "B bought a car from A".

    Args:
        words: of one statement, in lower case.
        place: which of them.
        others: of another statement.
        other_place: which of those, an opposite.
    """
    left, right = _both_sides(words, place)
    other_left, other_right = _both_sides(others, other_place)
    return bool(left & other_right - right - other_left and right & other_left - left - other_right)


def _both_sides(words: Sequence[str], place: int) -> tuple[set[str], set[str]]:
    """Content words right before and right after a word, as stems."""
    base = load_wording().base
    before, after = words[max(0, place - _BESIDE_WORDS) : place], words[place + 1 : place + 1 + _BESIDE_WORDS]
    left, right = ({base(word) for word in side if idf(word) >= CONTENT_IDF} for side in (before, after))
    return left, right


def _exchange(one: str, other: str, wording: Wording) -> Iterator[Change]:
    if wording.are_opposites(one, other):
        yield Change("opposite word", one, other)
    elif wording.shared_class(one, other):
        yield Change("other of its kind", one, other)


def _scope_changes(old: list[str], new: list[str], added: Counter[str], wording: Wording) -> Iterator[Change]:
    before = [word for word in old if word in wording.extents]
    after = [word for word in new if word in wording.extents]
    if before and after and {wording.extents[word] for word in before} != {wording.extents[word] for word in after}:
        yield Change("extent changed", " ".join(before), " ".join(after))
    if not old and wording.contrasts & set(new) & added.keys():
        yield Change("contrast added", "", " ".join(new[:8]))


def _restriction_changes(gone: Counter[str], new: Counter[str], wording: Wording) -> Iterator[Change]:
    widened, narrowed = wording.restrictions & gone.keys(), wording.restrictions & new.keys()
    if bool(narrowed) != bool(widened):
        yield Change("restriction changed", " ".join(sorted(widened)), " ".join(sorted(narrowed)))


def _hedge_changes(old: list[str], new: list[str], added: Counter[str], wording: Wording) -> Iterator[Change]:
    """Doubt that goes or comes; one that is put in elsewhere in the statement ("it is possible that") stays."""
    doubtful, still = wording.hedges & set(old), wording.hedges & set(new)
    is_cut = not new and len(old) > _CUT_WORDS
    is_certain = not new or bool(wording.certainties & set(new))
    if doubtful and not wording.hedges & added.keys() and not is_cut and is_certain:
        yield Change("hedge removed", " ".join(old), " ".join(new))
    if still and not doubtful and old and wording.certainties & set(old):
        yield Change("hedge added", " ".join(old), " ".join(new))
