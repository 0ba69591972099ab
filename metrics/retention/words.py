"""Words of a text: how they are cut, stemmed and weighted by how rare they are."""

import gzip
import json
import math
import re
from functools import lru_cache
from pathlib import Path

import snowballstemmer

__all__ = ["CONTENT_IDF", "MAXIMUM_IDF", "content_stems", "idf", "split_words", "stem"]

MAXIMUM_IDF = 5.0
"""Weight of a word that the frequency table does not know: a name, a ticker, a number."""

CONTENT_IDF = 1.0
"""Words at or above this weight carry content; below are the, of, said, would and their like."""

_DOCUMENT_WORDS = 50
"""Length of the imagined document in which a word does or does not occur, as idf counts it."""

_LETTER_IDF = 0.5
"""A lone letter: the s of a genitive, an initial."""

_TABLE = Path(__file__).parent / "data" / "word_surprisal_v1.json.gz"

_WORD = re.compile(
    r"\d+(?:[.,:/]\d+)*"  # 1,200.5 and 10:30 and 3/4 stay whole
    r"|[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]"  # scripts without blanks: one sign a word
    r"|[^\W\d_]+(?:['\u2019][^\W\d_]+)*"
)
_STEMMER = snowballstemmer.stemmer("english")


def split_words(text: str) -> list[str]:
    """Cut a text into lower-case words and numbers, in order."""
    return [match.group().replace("\u2019", "'") for match in _WORD.finditer(text.lower())]


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """Reduce a lower-case English word to its Snowball stem; other words pass through."""
    base = word.removesuffix("'s")
    return _STEMMER.stemWord(base) if base.isascii() and base.isalpha() else base


@lru_cache(maxsize=100_000)
def idf(word: str) -> float:
    """Return the inverse document frequency of a lower-case word, in nats, from 0 to `MAXIMUM_IDF`.

    With p the word's share of running text, a document of n words holds it with probability
    ``1 - (1 - p) ** n``; idf is minus the logarithm of that. The table is fixed and shipped, so that the
    weight of a word never depends on the texts at hand.
    """
    surprisal = _surprisal().get(word, _surprisal().get(word.removesuffix("'s")))
    if surprisal is None:
        return _LETTER_IDF if len(word) == 1 and word.isalpha() and word.isascii() else MAXIMUM_IDF
    present = -math.expm1(_DOCUMENT_WORDS * math.log1p(-math.exp(-surprisal)))
    return min(MAXIMUM_IDF, -math.log(present))


def content_stems(text: str) -> dict[str, float]:
    """Map the stem of each content word of a text to its idf; a text of function words alone keeps those."""
    weights = {stem(word): idf(word) for word in split_words(text)}
    content = {key: weight for key, weight in weights.items() if weight >= CONTENT_IDF}
    return content or weights


@lru_cache(maxsize=1)
def _surprisal() -> dict[str, float]:
    packed = _TABLE.read_bytes()
    buckets: dict[str, str] = json.loads(gzip.decompress(packed))["surprisal_tenths"]
    return {word: int(tenths) / 10 for tenths, words in buckets.items() for word in words.split()}
