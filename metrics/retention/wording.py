"""Words whose exchange changes a statement: opposites, closed classes, directions, extents, hedges, negations."""

import gzip
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from tierscope.metrics.retention.authored import load_authored
from tierscope.metrics.retention.words import stem

__all__ = ["Wording", "load_wording"]

_DATA = Path(__file__).parent / "data"
_PREFIXES = ("un", "in", "im", "ir", "il", "dis", "non", "non-")
_PREFIXED_LETTERS = 4
_INDEXED_LETTERS = 3
_CONTRACTED_NEGATION = re.compile(r"\w+n't$")


@dataclass(frozen=True, slots=True)
class Wording:
    """The tables of ``data/wording_v1.yaml`` and ``data/opposites_v2.json.gz``, ready to be asked."""

    classes: dict[str, dict[str, int]]
    """Word to the closed classes it belongs to (weekday, colour, rating ...), and which of their members it means."""
    directions: dict[str, str]
    """Word to "up" or "down"."""
    extents: dict[str, int]
    """Word to how much of a whole it means, from 0 (none) to 4 (all)."""
    restrictions: frozenset[str]
    """only, just, merely ..."""
    hedges: frozenset[str]
    """may, could, reportedly ..."""
    certainties: frozenset[str]
    """will, certainly, confirmed ..."""
    contrasts: frozenset[str]
    """but, however, unless ..."""
    negations: frozenset[str]
    """not, never, without ... (contractions are recognised by their form)."""
    opposites: dict[str, list[tuple[str, str]]]
    """First letters to the pairs (word, its opposite): as many letters as every form of the word begins with, three at
    most. By stem it would be shorter, but some ten thousand stems are not made in less than a third of a second."""
    titles: frozenset[str]
    """Mr, USD, EPS: capitalised words that name nobody."""
    same_names: dict[str, int]
    """Name of a country or its people to a number that they share: france and french."""
    bases: dict[str, str]
    """Irregular form to its base: rose to rise."""
    _found: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Opposites of the words that were asked for."""

    def is_negation(self, word: str) -> bool:
        """Say whether a lower-case word negates."""
        return word in self.negations or _CONTRACTED_NEGATION.match(word) is not None

    def base(self, word: str) -> str:
        """Stem of a word, irregular forms included."""
        return stem(self.bases.get(word, word))

    def are_opposites(self, one: str, other: str) -> bool:
        """Say whether two lower-case words mean the opposite: as antonyms, directions, or by un-, in-, dis-, non-."""
        sides = {self.directions.get(one), self.directions.get(other)}
        if sides == {"up", "down"} or _is_negated_form(one, other) or _is_negated_form(other, one):
            return True
        base = self.bases.get(other, other)
        return any(_is_form(base, opposite) for opposite in self._find_opposites(self.bases.get(one, one)))

    def _find_opposites(self, word: str) -> list[str]:
        if word not in self._found:
            near = (pair for letters in range(_INDEXED_LETTERS + 1) for pair in self.opposites.get(word[:letters], ()))
            self._found[word] = [opposite for own, opposite in near if _is_form(word, own)]
        return self._found[word]

    def shared_class(self, one: str, other: str) -> str | None:
        """Return the closed class of which two words mean different members, if any."""
        if self.base(one) == self.base(other):
            return None
        own, its = self.classes.get(one, {}), self.classes.get(other, {})
        return min((name for name in own.keys() & its.keys() if own[name] != its[name]), default=None)


def _is_form(word: str, base: str) -> bool:
    """Say whether a word is an inflection of another; "profit" is none of "profitable", though they share a stem."""
    return len(word) >= len(base) - 1 and word[:-1].startswith(_root(base)) and stem(word) == stem(base)


def _root(base: str) -> str:
    """The letters that every inflection of a word begins with."""
    return base[: len(base) - 2]


def _is_negated_form(one: str, other: str) -> bool:
    return len(other) >= _PREFIXED_LETTERS and any(one == prefix + other for prefix in _PREFIXES)


@lru_cache(maxsize=1)
def load_wording() -> Wording:
    """Read the shipped tables."""
    authored = load_authored("wording_v1.yaml")
    derived = json.loads(gzip.decompress((_DATA / "opposites_v2.json.gz").read_bytes()))
    bases: dict[str, str] = derived["irregular"]
    classes: dict[str, dict[str, int]] = {}
    for name, members in authored["classes"].items():
        for member, words in enumerate(members.split()):
            for word in words.split(":"):
                classes.setdefault(word, {})[name] = member
    opposites: dict[str, list[tuple[str, str]]] = {}
    pairs = [*map(str.split, derived["opposites"]), *(pair.split(":") for pair in authored["opposites"].split())]
    for one, other in pairs:
        opposites.setdefault(_root(one)[:_INDEXED_LETTERS], []).append((one, other))
        opposites.setdefault(_root(other)[:_INDEXED_LETTERS], []).append((other, one))
    return Wording(
        classes=classes,
        directions={word: side for side, words in authored["directions"].items() for word in words.split()},
        extents={word: level for level, words in enumerate(authored["extent"]) for word in words.split()},
        restrictions=frozenset(authored["restrictions"].split()),
        hedges=frozenset(authored["hedges"].split()),
        certainties=frozenset(authored["certainties"].split()),
        contrasts=frozenset(authored["contrasts"].split()),
        negations=frozenset(authored["negations"].split()),
        opposites=opposites,
        titles=frozenset(authored["titles"].split()),
        same_names={
            name: country for country, names in enumerate(authored["same_names"].split()) for name in names.split(":")
        },
        bases=bases,
    )
