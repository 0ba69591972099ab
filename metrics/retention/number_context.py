"""What a number in a text is said of: the words beside it, and whether it is a level to watch rather than a finding."""

import re
from collections.abc import Sequence
from functools import lru_cache

from tierscope.metrics.retention.gist import find_gist
from tierscope.metrics.retention.quantities import Quantity, find_quantities
from tierscope.metrics.retention.quantity_terms import load_quantity_terms
from tierscope.metrics.retention.sentences import SHORT_SENTENCE_CHARACTERS
from tierscope.metrics.retention.stated_quantities import StatedQuantities
from tierscope.metrics.retention.words import split_words, stem

__all__ = ["PERIODS", "find_bases", "find_unbound", "is_level", "neighbours"]

PERIODS = ("date", "year", "quarter")
"""Kinds of number that say when, not how much."""

_BINDING_IDF = 2.0
"""Words below it (from, that, all) stand beside anything."""
_BESIDE_CHARACTERS = 24
"""How far a word may stand from a number that it names."""
_BOUND_CHARACTERS = 80
"""How far a word may stand from a number in order to be about the same thing, where a sentence is long."""


@lru_cache(maxsize=50_000)
def neighbours(text: str, quantity: Quantity, reach_characters: int = _BESIDE_CHARACTERS) -> frozenset[str]:
    """Content words close to a number in its text, as `find_gist` writes them; directions aside."""
    before = text[max(0, quantity.start - reach_characters) : quantity.start]
    after = text[quantity.end : quantity.end + reach_characters]
    if quantity.start > reach_characters:
        before = before.partition(" ")[2]  # what begins in the middle of a word is none
    if len(text) > quantity.end + reach_characters:
        after = after.rpartition(" ")[0]
    return frozenset(find_gist(re.sub(r"\d\S*", " ", f"{before} {after}"))) - {"up", "down"}


def is_level(text: str, quantity: Quantity) -> bool:
    """Recognise a number that something should reach, break or stay below: a threshold, not a finding."""
    terms = load_quantity_terms()
    before, after = text[max(0, quantity.start - 40) : quantity.start], text[quantity.end : quantity.end + 20]
    return terms.level.search(before.lower()) is not None or terms.level_after.match(after.lower()) is not None


def find_bases(text: str) -> frozenset[str]:
    """Stems of the words that say on what basis a text's figures are (trailing, adjusted, quarterly ...)."""
    return frozenset(stem(word) for word in split_words(text) if word in load_quantity_terms().bases)


def find_unbound(unit: str, sentences: Sequence[str]) -> tuple[Quantity, ...]:
    """Find the numbers of a unit that a text does not state, or states of something else.

    A number is bound where one of the unit's content words stands close to it in the same sentence. Dates and years
    need only stand somewhere, and so does every number of a unit without content words.

    Args:
        unit: one atomic statement.
        sentences: of the text.
    """
    wanted = frozenset(key for key, weight in find_gist(unit).items() if weight >= _BINDING_IDF) - {"up", "down"}
    stated = _read_numbers(tuple(sentences))
    unbound: list[Quantity] = []
    for quantity in find_quantities(unit):
        places = stated.find(quantity)
        is_free = not wanted or quantity.kind in PERIODS
        if not any(is_free or wanted & _about(place.sentence, place.quantity) for place in places):
            unbound.append(quantity)
    return tuple(unbound)


@lru_cache(maxsize=64)
def _read_numbers(sentences: tuple[str, ...]) -> StatedQuantities:
    return StatedQuantities(sentences)


def _about(sentence: str, quantity: Quantity) -> frozenset[str]:
    if len(sentence) <= SHORT_SENTENCE_CHARACTERS:
        return frozenset(find_gist(sentence))
    return neighbours(sentence, quantity, _BOUND_CHARACTERS)
