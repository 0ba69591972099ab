"""What stands in a text word for word, which no model needs to judge."""

from collections.abc import Sequence
from functools import lru_cache

from tierscope.metrics.retention.wording import load_wording
from tierscope.metrics.retention.words import split_words

__all__ = ["find_verbatim"]

_FEWEST_WORDS = 4
"""A statement of fewer words ("buy", "no change") may stand in a text by chance."""


def find_verbatim(statement: str, sentences: Sequence[str]) -> int | None:
    """Return the index of the first sentence that holds a statement, whatever its punctuation and case.

    None where no sentence does, or only one that may turn it round ("no customer data was exposed"), or where the
    statement is too short to say.
    """
    words = split_words(statement)
    if len(words) < _FEWEST_WORDS:
        return None
    wanted = f" {' '.join(words)} "
    holding = (index for index, sentence in enumerate(sentences) if wanted in _spaced_words(sentence))
    return next(
        (index for index in holding if not _negates(_spaced_words(sentences[index]).replace(wanted, " "))), None
    )


def _negates(words: str) -> bool:
    return any(map(load_wording().is_negation, words.split()))


@lru_cache(maxsize=20_000)
def _spaced_words(sentence: str) -> str:
    return f" {' '.join(split_words(sentence))} "
