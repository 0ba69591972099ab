"""What a statement is about: its content words with their weight, whatever their form or synonym of direction."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tierscope.metrics.retention.wording import load_wording
from tierscope.metrics.retention.words import CONTENT_IDF, MAXIMUM_IDF, idf, split_words

__all__ = ["find_gist", "gist_key", "recall_gist"]

_LETTERS_JOINED = re.compile(r"\b[A-Za-z]{1,2}[&/][A-Za-z]{1,2}\b")
"""Names such as R&D and P/E, which are cut into letters otherwise."""


def gist_key(word: str) -> str:
    """Reduce a lower-case word to what it counts as: its stem, or its direction (rose, up, higher are the same)."""
    wording = load_wording()
    return wording.directions.get(word, wording.base(word))


@lru_cache(maxsize=50_000)
def find_gist(text: str) -> dict[str, float]:
    """Map the keys of a text's content words to their idf; numbers are left out."""
    found = {name.lower(): MAXIMUM_IDF for name in _LETTERS_JOINED.findall(text)}
    for word in split_words(text):
        key = gist_key(word)
        if not any(character.isdigit() for character in key) and idf(word) >= CONTENT_IDF:
            found[key] = max(found.get(key, 0.0), idf(word))
    return found


def recall_gist(unit: str, sentence: str, without: Sequence[str] = ()) -> float:
    """Share of the unit's idf, numbers and the given words aside, that a sentence has; 0 where nothing is left."""
    left_out = {gist_key(word) for word in without}
    wanted = {key: weight for key, weight in find_gist(unit).items() if key not in left_out}
    there = find_gist(sentence).keys()
    total = sum(wanted.values())
    return sum(weight for key, weight in wanted.items() if key in there) / total if total else 0.0
