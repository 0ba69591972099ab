"""Words of a text: how they are cut, stemmed and weighted by how rare they are."""

import gzip
import json
import math
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import snowballstemmer  # type: ignore[import-untyped]  # ships no type hints

__all__ = [
    "CONTENT_IDF",
    "MAXIMUM_IDF",
    "NEGATIONS",
    "content_stems",
    "find_names",
    "idf",
    "is_common",
    "split_words",
    "stem",
    "surprisal",
]

MAXIMUM_IDF = 5.0
"""Weight of a word that the frequency table does not know: a name, a ticker, a number."""

CONTENT_IDF = 1.0
"""Words at or above this weight carry content; below are the, of, said, would and their like."""

_DOCUMENT_WORDS = 50
"""Length of the imagined document in which a word does or does not occur, as idf counts it."""

NEGATIONS = frozenset(
    {"no", "not", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot", "n't", "t"}
)
"""Words, and pieces of words, that turn a statement round."""

_UNKNOWN_SURPRISAL = 17.0
"""A name, a ticker, a number: rarer than nearly all words of the table."""

_LETTER_IDF = 0.5
"""A lone letter: the s of a genitive, an initial."""

_TABLE = Path(__file__).parent / "data" / "word_surprisal_v2.json.gz"

_WORD = re.compile(
    r"\d+(?:[.,:/]\d+)*"  # 1,200.5 and 10:30 and 3/4 stay whole
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"  # scripts without blanks: one sign a word
    r"|[^\W\d_]+(?:'[^\W\d_]+)*"
)
_CAPITALISED = re.compile(r"\b[A-Z]\w*")
_SENTENCE_OPENS = re.compile(r"(?:\A|[.!?:|\n\"\u201c*])[\s*_]*\Z")
_NAME_IDF = 0.5


def split_words(text: str) -> list[str]:
    """Cut a text into lower-case words and numbers, in order."""
    return _WORD.findall(text.lower().replace("\u2019", "'"))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Reduce a lower-case English word to its Snowball stem; other words pass through."""
    base = word.removesuffix("'s")
    if not (base.isascii() and base.isalpha()):
        return base
    # A stemmer holds the word it works on, so that threads with one between them would mix up their words.
    stemmer: Any = snowballstemmer.stemmer("english")  # pyright: ignore[reportUnknownMemberType]  # as above
    return str(stemmer.stemWord(base))


@lru_cache(maxsize=100_000)
def surprisal(word: str) -> float:
    """Return minus the logarithm of a lower-case word's share of running text, in nats; 0 for punctuation."""
    if not any(character.isalnum() for character in word):
        return 0.0
    found = _table().get(word, _table().get(word.removesuffix("'s")))
    return _UNKNOWN_SURPRISAL if found is None else found


@lru_cache(maxsize=100_000)
def idf(word: str) -> float:
    """Return the inverse document frequency of a lower-case word, in nats, from 0 to `MAXIMUM_IDF`; 0 for signs.

    With p the word's share of running text, a document of n words holds it with probability
    ``1 - (1 - p) ** n``; idf is minus the logarithm of that. The table is fixed and shipped, so that the
    weight of a word never depends on the texts at hand.
    """
    if len(word) == 1 and word.isalpha() and word.isascii():
        return _LETTER_IDF
    share = math.exp(-surprisal(word))
    if share == 1.0:
        return 0.0
    present = -math.expm1(_DOCUMENT_WORDS * math.log1p(-share))
    return min(MAXIMUM_IDF, -math.log(present))


def content_stems(text: str) -> dict[str, float]:
    """Map the stem of each content word of a text to its idf; a text of function words alone keeps those."""
    weights = {stem(word): idf(word) for word in split_words(text)}
    content = {key: weight for key, weight in weights.items() if weight >= CONTENT_IDF}
    return content or weights


def find_names(text: str) -> frozenset[str]:
    """Find capitalised words, in lower case; one that opens a sentence only where it is no common word."""
    names: set[str] = set()
    for match in _CAPITALISED.finditer(text):
        word = match.group().lower()
        opens = _SENTENCE_OPENS.search(text, max(0, match.start() - 8), match.start()) is not None
        if len(word) > 1 and idf(word) >= _NAME_IDF and not (opens and is_common(word)):
            names.add(word)
    return frozenset(names)


def is_common(word: str) -> bool:
    """Say whether a lower-case word is an ordinary one, and no name that a dictionary knows."""
    return word in _table() and word not in _names()


@lru_cache(maxsize=1)
def _table() -> dict[str, float]:
    buckets: dict[str, str] = _document()["surprisal_tenths"]
    return {word: int(tenths) / 10 for tenths, words in buckets.items() for word in words.split()}


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(_document()["names"].split())


def _document() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(gzip.decompress(_TABLE.read_bytes())))
