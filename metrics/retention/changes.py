"""What an edited statement changed of the original, change by change, each with the words."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity
from tierscope.metrics.retention.wording import Wording, load_wording
from tierscope.metrics.retention.words import CONTENT_IDF, find_names, idf, split_words, stem

__all__ = ["Change", "ChangeKind", "find_changes"]

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
_IDIOMS = frozenset({("no", "matter"), ("not", "only"), ("no", "doubt"), ("not", "just")})
_TITLES = frozenset({"ceo", "cfo", "cto", "coo", "cio", "evp", "svp", "usd", "eur", "am", "pm", "eps", "yoy", "qoq"})
"""Short forms of offices and measures: another way of writing is no other name."""
_MONTH_OF_MAY = re.compile(r"(?<=[\w,] )May\b")
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
    before, after = find_quantities(original), find_quantities(edited)
    gone = _unmatched(before, after)
    new = _unmatched(after, before)
    if gone and new:
        for quantity in gone:
            other = _counterpart(quantity, new)
            yield Change("number changed", quantity.text, other.text)
        return
    for quantity in gone:
        yield Change("number left out", quantity.text, "")
    for quantity in new:
        yield Change("number added", "", quantity.text)


def _unmatched(quantities: Sequence[Quantity], others: Sequence[Quantity]) -> list[Quantity]:
    return [one for one in quantities if not any(is_same_quantity(one, other) for other in others)]


def _counterpart(quantity: Quantity, others: list[Quantity]) -> Quantity:
    """Choose the other number of the same kind that stands nearest to the same place."""
    same_kind = [other for other in others if other.kind == quantity.kind] or others
    return min(same_kind, key=lambda other: abs(other.start - quantity.start))


def _name_changes(original: str, edited: str) -> Iterator[Change]:
    gone = _new_names(original, edited)
    new = _new_names(edited, original)
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


def _new_names(text: str, other: str) -> list[str]:
    """Names of a text that the other does not have in any form (Russia counts as there in Russian)."""
    lowered = other.lower()
    words = split_words(other)
    dates = load_wording().classes
    return sorted(
        name
        for name in find_names(text) - _number_words(text) - _TITLES
        if name not in dates and name not in lowered and not any(_is_form_of(name, word) for word in words)
    )


def _is_form_of(one: str, other: str) -> bool:
    if stem(one) == stem(other) or (len(other) > 2 and other in one and len(other) > len(one) / 2):
        return True
    return len(one) > 3 and one[:4] == other[:4] and abs(len(one) - len(other)) <= 3


def _negation_changes(original: str, edited: str) -> Iterator[Change]:
    before, after = _negations(original), _negations(edited)
    if len(after) > len(before):
        yield Change("negation added", "", ", ".join((Counter(after) - Counter(before)).elements()))
    elif len(before) > len(after) and not _is_reworded(original, edited):
        yield Change("negation removed", ", ".join((Counter(before) - Counter(after)).elements()), "")


def _negations(text: str) -> list[str]:
    words = split_words(text)
    is_negation = load_wording().is_negation
    return [
        word
        for place, word in enumerate(words)
        if is_negation(word) and (word, *words[place + 1 : place + 2]) not in _IDIOMS
    ]


def _is_reworded(text: str, other: str) -> bool:
    """Say whether the other lacks what the text negates: "not expensive" may have become "cheap"."""
    wording = load_wording()
    words = split_words(text)
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
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for operation, start, end, other_start, other_end in matcher.get_opcodes():
        if operation == "equal":
            continue
        old, fresh = before[start:end], after[other_start:other_end]
        for one in old:
            for other in fresh:
                if one in gone and other in new and not {one, other} <= in_numbers:
                    yield from _exchange(one, other, wording)
        yield from _scope_changes(old, fresh, wording)


def _number_words(text: str) -> set[str]:
    """Words that are part of numbers ("90 minutes"): those are compared by value."""
    return {word for quantity in find_quantities(text) for word in _tokens(quantity.text)}


def _tokens(text: str) -> list[str]:
    marked = _MONTH_OF_MAY.sub("month_may", text)  # unlike the hedge "may"
    return [match.group().replace("\u2019", "'") for match in _TOKEN.finditer(marked.lower())]


def _exchange(one: str, other: str, wording: Wording) -> Iterator[Change]:
    if wording.are_opposites(one, other):
        yield Change("opposite word", one, other)
    elif wording.shared_class(one, other):
        yield Change("other of its kind", one, other)


def _scope_changes(old: list[str], new: list[str], wording: Wording) -> Iterator[Change]:
    before = [word for word in old if word in wording.extents]
    after = [word for word in new if word in wording.extents]
    if before and after and {wording.extents[word] for word in before} != {wording.extents[word] for word in after}:
        yield Change("extent changed", " ".join(before), " ".join(after))
    narrowed, widened = wording.restrictions & set(new), wording.restrictions & set(old)
    if bool(narrowed) != bool(widened):
        yield Change("restriction changed", " ".join(sorted(widened)), " ".join(sorted(narrowed)))
    if not old and wording.contrasts & set(new):
        yield Change("contrast added", "", " ".join(new[:8]))
    doubtful, still = wording.hedges & set(old), wording.hedges & set(new)
    is_cut = not new and len(old) > _CUT_WORDS
    if doubtful and not still and not is_cut and (not new or wording.certainties & set(new)):
        yield Change("hedge removed", " ".join(old), " ".join(new))
    if still and not doubtful and old and wording.certainties & set(old):
        yield Change("hedge added", " ".join(old), " ".join(new))
