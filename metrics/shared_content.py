"""What of one text stands in another, so unlikely to be chance that someone must have carried it over."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from tierscope.metrics.presence import plain_words
from tierscope.metrics.retention.quantity_terms import load_quantity_terms
from tierscope.metrics.retention.reading import read_sentences
from tierscope.metrics.retention.words import idf, split_words, stem

__all__ = ["Piece", "Tokens", "find_pieces", "read_tokens"]

GRAM_WORDS: Final = 7
"""A run of so many words in the same order is a phrase."""
TELLING_IDF: Final = 30.0
"""Information of a phrase, in nats, that two authors hardly choose alike: six words that are found nowhere else, which
is more than the name of a thing that both write about."""
COMMON_PHRASE: Final = 0.4
"""Confidence of a phrase that two authors may well choose alike; by itself it is no evidence."""
CONTEXT_WORDS: Final = 6
"""How far left and right of a number its context reaches, within its sentence."""
CONTEXT_IDF: Final = 2.0
"""Words below this weight are no context: of, percent, year."""
_QUOTED_WORDS: Final = 30


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a text that stands in another too."""

    kind: Literal["phrase", "number", "reworded"]
    key: str
    """What stands in both, as plain words."""
    confidence: float
    """How unlikely it is to stand there by chance, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """A text as words in order, and an index of its phrases and numbers."""

    words: tuple[str, ...]
    grams: frozenset[tuple[str, ...]]
    numbers: dict[str, frozenset[str]]
    """Telling number -> stems around any of its places, in the same sentence."""


@lru_cache(maxsize=4_096)
def read_tokens(text: str) -> Tokens:
    """Cut a text, once however often it is compared."""
    words = tuple(split_words(plain_words(text)))
    grams = frozenset(words[start : start + GRAM_WORDS] for start in range(len(words) - GRAM_WORDS + 1))
    numbers: dict[str, set[str]] = {}
    for sentence in read_sentences(text):
        _read_numbers(split_words(plain_words(sentence)), numbers)
    return Tokens(words, grams, {number: frozenset(context) for number, context in numbers.items()})


def _read_numbers(words: list[str], numbers: dict[str, set[str]]) -> None:
    """Add the telling numbers of a sentence, with what stands around each: its unit is a part of it, and no context."""
    for place, word in enumerate(words):
        if _significant_digits(word) >= 3:
            around = words[max(0, place - CONTEXT_WORDS) : place] + words[place + 1 : place + 1 + CONTEXT_WORDS]
            numbers.setdefault(word, set()).update(stem(near) for near in around if _is_context(near))


def _is_context(word: str) -> bool:
    terms = load_quantity_terms()
    is_unit = word in terms.scales or word in terms.units or word in terms.currencies
    return not word[0].isdigit() and not is_unit and idf(word) >= CONTEXT_IDF


def find_pieces(
    source: Tokens, target: Tokens, known: Collection[Tokens], common: Collection[str] = frozenset()
) -> list[Piece]:
    """Find what of a source stands in a target.

    Args:
        source: the text that may have been carried over.
        target: the text in which it may stand.
        known: texts from which the target's author had it anyway; what they hold is left out.
        common: stems that many texts at hand have, as templates and house style bring with them; they tell nothing.

    Returns:
        Phrases of at least seven words in the same order, as long as they go on, and numbers of at least three
        significant digits with uncommon words around them in both.
    """
    pieces = [
        Piece("phrase", " ".join(phrase[:_QUOTED_WORDS]), _phrase_confidence(phrase, common))
        for phrase in _phrases(source, target, known)
    ]
    for number in source.numbers.keys() & target.numbers.keys():
        if any(number in other.numbers for other in known):
            continue
        context = sorted((source.numbers[number] & target.numbers[number]).difference(common))
        needed = 1 if _significant_digits(number) >= 5 else 2
        if len(context) >= needed:
            confidence = 0.7 if len(context) == needed else 0.8
            pieces.append(Piece("number", f"{number} ({', '.join(context)})", confidence))
    return sorted(pieces, key=lambda piece: (-piece.confidence, piece.key))


def _phrases(source: Tokens, target: Tokens, known: Collection[Tokens]) -> Iterator[tuple[str, ...]]:
    """Maximal runs of the target's words that the source has too and no known text has."""
    run: list[str] = []
    for start in range(len(target.words) - GRAM_WORDS + 1):
        gram = target.words[start : start + GRAM_WORDS]
        if gram in source.grams and not any(gram in other.grams for other in known):
            run = [*run, gram[-1]] if run else list(gram)
        elif run:
            yield tuple(run)
            run = []
    if run:
        yield tuple(run)


def _phrase_confidence(phrase: tuple[str, ...], common: Collection[str]) -> float:
    telling = [word for word in phrase if stem(word) not in common]
    numbers = sum(_significant_digits(word) >= 3 for word in telling)
    words = sum(not word[0].isdigit() and idf(word) >= CONTEXT_IDF for word in telling)
    if numbers and words >= 2:
        return 0.95
    return 0.9 if sum(map(idf, telling)) >= TELLING_IDF else COMMON_PHRASE


def _significant_digits(word: str) -> int:
    """Digits of a number that tell it from others; 0 for years, dates, times and what is no number."""
    if not word[0].isdigit() or "/" in word or ":" in word:
        return 0
    if word.count(".") > 1 or (len(word) == 4 and word.isdigit() and word[:2] in ("19", "20")):
        return 0
    return len(word.replace(",", "").replace(".", "").strip("0"))
