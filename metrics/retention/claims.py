"""Atomic claims of an output: what its author said, one statement at a time, each with a weight."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tierscope.metrics.retention.claim_pieces import ClaimKind, find_pieces
from tierscope.metrics.retention.markup import strip_markup
from tierscope.metrics.retention.quantities import find_quantities
from tierscope.metrics.retention.words import CONTENT_IDF, MAXIMUM_IDF, idf, split_words

__all__ = ["Claim", "ClaimKind", "split_claims"]

_MINIMUM_WORDS = 3
"""Shorter lines without a number are labels ("Sources", "Net read"), not claims."""

_REMEMBERED_CHARACTERS = 200_000
"""Several metrics split the same outputs; a longer one is not kept in memory for that."""
_LABELLED = re.compile(r"^\W*\w[^:]{0,60}:\s+\S")
"""What follows a label says something of it, however short: "Rating: SELL"."""
_URGENT = re.compile(r"\b(?:critical|alert|urgent|warning|severe|material|key risk|must)\b", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*\*|__")
_META = re.compile(
    r"^(?:this (?:report|section|document|analysis)|in (?:summary|conclusion)|overall,|note that|i (?:will|have)"
    r"|let me|here (?:is|are)|the following|see (?:also|below|above)|sources?:|disclaimer)", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One atomic statement of an output."""

    text: str
    """The statement, without markup; a table row or JSON value carries its header or key."""
    salience: float
    """How much it matters, from 0 to 1: figures, rare words, emphasis and warnings raise it."""
    kind: ClaimKind
    """What it was in the output."""
    position: int
    """Its place among the output's claims, from 0."""


def split_claims(text: str) -> list[Claim]:
    """Split an output into claims: sentences of prose and bullets, rows of Markdown tables, values of JSON.

    Headings, rules, code blocks and bare labels are no claims; a statement that is repeated counts once. Takes any
    text, of any size and language; where nothing is stated, the list is empty.
    """
    return list(_remember_claims(text) if len(text) <= _REMEMBERED_CHARACTERS else _read_claims(text))


@lru_cache(maxsize=512)
def _remember_claims(text: str) -> tuple[Claim, ...]:
    return _read_claims(text)


def _read_claims(text: str) -> tuple[Claim, ...]:
    claims: dict[str, Claim] = {}
    for piece in find_pieces(text):
        plain = strip_markup(piece.raw)
        key = plain.casefold()
        if key not in claims and _is_statement(plain, piece.kind):
            claims[key] = Claim(plain, _salience(piece.raw, plain), piece.kind, len(claims))
    return tuple(claims.values())


def _is_statement(plain: str, kind: ClaimKind) -> bool:
    if not any(map(str.isalnum, plain)):
        return False
    if kind in ("table_row", "json") or any(map(str.isdigit, plain)):
        return True
    words = len(plain.split())
    is_spaced = words > 1 or plain.isascii()
    return not is_spaced or _LABELLED.match(plain) is not None or (words >= _MINIMUM_WORDS and not plain.endswith(":"))


def _salience(raw: str, plain: str) -> float:
    """Weigh a claim: information per word, up to .5; figures, emphasis and warnings the rest; meta talk halves it."""
    weights = map(idf, dict.fromkeys(split_words(plain)))
    information = min(1.0, sum(weight for weight in weights if weight >= CONTENT_IDF) / (12 * MAXIMUM_IDF))
    weight = 0.2 + 0.3 * information
    weight += 0.25 if find_quantities(plain) else 0.0
    weight += 0.1 if _EMPHASIS.search(raw) else 0.0
    weight += 0.15 if _URGENT.search(plain) else 0.0
    if _META.match(plain) or plain.endswith("?"):
        weight /= 2
    return round(min(1.0, weight), 3)
