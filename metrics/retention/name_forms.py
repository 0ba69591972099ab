"""Names of one text in another: the same name may be inflected, abbreviated, or that of a country's people."""

import re
from collections.abc import Sequence

from tierscope.metrics.retention.wording import load_wording
from tierscope.metrics.retention.words import find_names, split_words, stem

__all__ = ["find_absent_names", "is_short_for"]

_DOT_IN_INITIALS = re.compile(r"(?<=\b[A-Z])\.(?=[A-Z]\b)")
_INITIALS = re.compile(r"\b([A-Z]{2,6})s?\b")
_WORD = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]+")
_LEFT_OUT_OF_INITIALS = frozenset({"a", "an", "and", "de", "for", "in", "of", "on", "the"})
_SURE_INITIALS = 3
"""Two letters begin some two words of any text, so those must be capitalised; ticker symbols have three or more."""


def find_absent_names(text: str, other: str) -> list[str]:
    """List the names of a text that another one does not have in any form (Russia counts as there in Russian).

    Months, weekdays, titles and the like are no names here.

    Returns:
        Words in lower case, sorted.
    """
    wording = load_wording()
    text, other = _DOT_IN_INITIALS.sub("", text), _DOT_IN_INITIALS.sub("", other)
    lowered, words = other.lower(), [word.removesuffix("'s") for word in split_words(other)]
    groups = {wording.same_names.get(word) for word in words} - {None}
    names = find_names(text) - wording.titles - wording.classes.keys() - set(_WORD.findall(lowered))
    absent = {
        name
        for name in names
        if wording.same_names.get(name) not in groups
        and not (len(name) > _SURE_INITIALS and name in lowered)
        and not any(_is_form_of(name, word) for word in words)
    }
    return sorted(absent - _abbreviated(text, other)) if absent else []


def is_short_for(one: str, other: str) -> bool:
    """Recognise an abbreviation, as NVDA is of Nvidia: the letters of the shorter in order, the first one the same."""
    short, long = sorted((one, other), key=len)
    left = iter(long)
    return short[0] == long[0] and all(letter in left for letter in short)


def _is_form_of(one: str, other: str) -> bool:
    if stem(one) == stem(other) or (len(other) > 2 and other in one and len(other) > len(one) / 2):
        return True
    return len(one) > 3 and one[:4] == other[:4] and abs(len(one) - len(other)) <= 3


def _abbreviated(text: str, other: str) -> set[str]:
    """Words of a text, in lower case, that stand for what the other one abbreviates, or abbreviate words of it."""
    words, others = _LETTERS.findall(text), _LETTERS.findall(other)
    found = {word.lower() for short in set(_INITIALS.findall(other)) for word in _find_spelled_out(short, words)}
    return found | {short.lower() for short in set(_INITIALS.findall(text)) if _find_spelled_out(short, others)}


def _find_spelled_out(short: str, words: Sequence[str]) -> set[str]:
    """Words that some initials stand for: as many in a row, small words aside, or one that has the letters in order."""
    found: set[str] = set()
    if len(short) >= _SURE_INITIALS:
        longer = (word for word in words if len(word) > len(short) and word[0].isupper())
        found.update(word for word in longer if is_short_for(short.lower(), word.lower()))
    for row in (words, [word for word in words if word.lower() not in _LEFT_OUT_OF_INITIALS]):
        initials = "".join(word[0].lower() for word in row)
        at = initials.find(short.lower())
        while at >= 0:
            run = row[at : at + len(short)]
            if len(short) >= _SURE_INITIALS or all(word[0].isupper() for word in run):
                found.update(run)
            at = initials.find(short.lower(), at + 1)
    return found
