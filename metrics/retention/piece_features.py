"""What the calibrated scorer looks at: one row of features for every word piece of a unit.

All are similarities or kinds of word. None is a length, a position or a share of the text, because those fit one
collection and mislead on the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tierscope.metrics.retention.embeddings import EmbeddedText
from tierscope.metrics.retention.quantities import Quantity, find_quantities
from tierscope.metrics.retention.stated_quantities import StatedQuantities, StatedQuantity
from tierscope.metrics.retention.words import NEGATIONS, find_names, stem, surprisal

__all__ = ["FEATURES", "PairFeatures", "TextProfile", "UnitProfile", "compare", "profile_text", "profile_unit"]

FEATURES = (
    "text_cosine",  # best cosine anywhere in the text
    "sentence_cosine",  # in the best sentence
    "neighbours_cosine",  # in the best two neighbouring sentences
    "window_cosine",  # in the best stretch one and a half times as long as the unit
    "bigram_cosine",  # together with the piece before or after, in step
    "context_cosine",  # together with up to four neighbours, close by in any order
    "text_stem",  # the word's stem stands in the text
    "sentence_stem",  # in the best sentence
    "surprisal",  # how rare the word is, 0 to 1
    "number",
    "name",
    "punctuation",
    "negation",
    "number_missing",  # part of a quantity that the text does not state in any way of writing it
)
"""Columns of `PairFeatures.pieces`, in order."""

_CLOSE_SENTENCES = 12
"""The features of order look only at so many sentences, the nearest: long texts stay affordable."""
_REACH = 3
"""How far apart, in word pieces, neighbours may stand and still be close by."""
_MAXIMUM_SURPRISAL = 17.0
_STATED_COSINE = 0.8
"""At least so near are the pieces of two numbers that say the same in other writings: 1,200 million and 1.2bn."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class UnitProfile:
    """A unit, ready to be looked for in many texts."""

    vectors: Floats
    """Unit vectors of its pieces, shape (pieces, 384)."""
    mean: Floats
    """Its sentence embedding, shape (384,)."""
    shares: Floats
    """idf of each piece as a share of 1, shape (pieces,)."""
    stems: tuple[str, ...]
    """Stem of the word each piece belongs to."""
    kinds: Floats
    """Columns surprisal, number, name, punctuation, negation: shape (pieces, 5)."""
    quantities: tuple[Quantity, ...]
    """Its numbers."""
    quantity_of_piece: tuple[int | None, ...]
    """Which of the numbers each piece is part of."""


@dataclass(frozen=True, slots=True)
class TextProfile:
    """A text, ready for many units to be looked for in it; every sentence of it has word pieces."""

    vectors: Floats
    """Unit vectors of all its pieces, shape (pieces, 384)."""
    starts: npt.NDArray[np.int64]
    """First piece of each sentence, shape (sentences,)."""
    spans: tuple[tuple[tuple[int, int], ...], ...]
    """Of each sentence: start and end, in its characters, of the word that each piece belongs to."""
    means: Floats
    """Sentence embeddings, shape (sentences, 384)."""
    sentence_stems: tuple[frozenset[str], ...]
    """Stems of each sentence."""
    stems: frozenset[str]
    """Stems of the whole text."""
    quantities: StatedQuantities
    """Numbers of the whole text."""


@dataclass(frozen=True, slots=True)
class PairFeatures:
    """One unit against one text."""

    pieces: Floats
    """One row per word piece of the unit, columns `FEATURES`."""
    best_sentence: int
    """Index of the sentence that says the unit best."""
    missing_quantities: tuple[Quantity, ...]
    """Numbers of the unit that the text does not state."""


def profile_unit(unit: str, embedded: EmbeddedText) -> UnitProfile:
    """Collect what is known of a unit before any text is looked at."""
    names = find_names(unit)
    kinds = np.array(
        [
            (
                min(1.0, surprisal(word) / _MAXIMUM_SURPRISAL),
                word.isnumeric(),
                word in names,
                not any(character.isalnum() for character in word),
                word in NEGATIONS,
            )
            for word in embedded.words
        ],
        dtype=np.float32,
    ).reshape(-1, 5)
    quantities = find_quantities(unit)
    owners = tuple(
        next(
            (index for index, found in enumerate(quantities) if found.start <= start < found.end),
            None,
        )
        for start, _ in embedded.spans
    )
    for piece, owner in enumerate(owners):
        if owner is not None and not kinds[piece, 3]:
            kinds[piece, 1] = 1.0
    total = embedded.weights.sum()
    shares = embedded.weights / total if total > 0 else np.full_like(embedded.weights, 1 / len(embedded.weights))
    return UnitProfile(
        vectors=embedded.vectors,
        mean=embedded.mean,
        shares=shares,
        stems=tuple(stem(word) for word in embedded.words),
        kinds=kinds,
        quantities=quantities,
        quantity_of_piece=owners,
    )


def profile_text(sentences: Sequence[str], embedded: Sequence[EmbeddedText]) -> TextProfile:
    """Collect what is known of a text, given its sentences (all with word pieces, at least one)."""
    stems = tuple(frozenset(stem(word) for word in sentence.words) for sentence in embedded)
    lengths = [len(sentence.vectors) for sentence in embedded]
    return TextProfile(
        vectors=np.concatenate([sentence.vectors for sentence in embedded]),
        starts=np.cumsum([0, *lengths[:-1]]),
        spans=tuple(sentence.spans for sentence in embedded),
        means=np.stack([sentence.mean for sentence in embedded]),
        sentence_stems=stems,
        stems=frozenset[str]().union(*stems),
        quantities=StatedQuantities(sentences),
    )


def compare(unit: UnitProfile, text: TextProfile) -> PairFeatures:
    """Compute the features of a pair; the unit has at least one word piece."""
    cosines = unit.vectors @ text.vectors.T
    stated = [text.quantities.find(quantity) for quantity in unit.quantities]
    _bring_numbers_together(cosines, unit, text, stated)
    by_sentence = np.maximum.reduceat(cosines, text.starts, axis=1)
    recalls = unit.shares @ by_sentence
    best = int(recalls.argmax())
    close = _close_columns(cosines, text.starts, recalls)
    stems = [(word in text.stems, word in text.sentence_stems[best]) for word in unit.stems]
    missing = [not places for places in stated]
    absent = [owner is not None and missing[owner] for owner in unit.quantity_of_piece]
    pieces = np.column_stack(
        [
            by_sentence.max(axis=1),
            by_sentence[:, best],
            _best_neighbours(by_sentence, unit.shares),
            _best_window(close, unit.shares),
            _bigram(close),
            _context(close),
            np.array(stems, dtype=np.float32),
            unit.kinds,
            np.array(absent, dtype=np.float32),
        ]
    )
    lost = tuple(quantity for quantity, is_lost in zip(unit.quantities, missing, strict=True) if is_lost)
    return PairFeatures(pieces.astype(np.float32), best, lost)


def _bring_numbers_together(
    cosines: Floats, unit: UnitProfile, text: TextProfile, stated: Sequence[Sequence[StatedQuantity]]
) -> None:
    """Raise the cosines between pieces of the unit's numbers and of the same numbers in the text, in place."""
    for index, places in enumerate(stated):
        rows = [piece for piece, owner in enumerate(unit.quantity_of_piece) if owner == index]
        for one in places:
            first, number = text.starts[one.place], one.quantity
            columns = [
                first + piece
                for piece, (start, end) in enumerate(text.spans[one.place])
                if start < number.end and end > number.start
            ]
            block = np.ix_(rows, columns)
            cosines[block] = np.maximum(cosines[block], _STATED_COSINE)


def _close_columns(cosines: Floats, starts: npt.NDArray[np.int64], recalls: Floats) -> Floats:
    """Keep the columns of the nearest sentences, in their order."""
    if len(starts) <= _CLOSE_SENTENCES:
        return cosines
    nearest = np.sort(np.argpartition(recalls, -_CLOSE_SENTENCES)[-_CLOSE_SENTENCES:])
    ends = np.append(starts[1:], cosines.shape[1])
    return np.concatenate([cosines[:, starts[index] : ends[index]] for index in nearest], axis=1)


def _highest(cosines: Floats) -> Floats:
    highest: Floats = cosines.max(axis=1)  # numpy types the result of max as Any
    return highest


def _best_neighbours(by_sentence: Floats, shares: Floats) -> Floats:
    if by_sentence.shape[1] < 2:
        return by_sentence[:, 0]
    pairs = np.maximum(by_sentence[:, 1:], by_sentence[:, :-1])
    best: Floats = pairs[:, int((shares @ pairs).argmax())]
    return best


def _best_window(cosines: Floats, shares: Floats) -> Floats:
    pieces, columns = cosines.shape
    width = int(1.5 * pieces) + 4
    step = max(1, width // 4)
    if columns <= width:
        return _highest(cosines)
    windows = _window_maxima(cosines, width, step)
    best: Floats = windows[:, int((shares @ windows).argmax())]
    return best


def _window_maxima(cosines: Floats, width: int, step: int) -> Floats:
    """Row maxima of windows of so many columns, one every ``step``: most columns are looked at once, in blocks."""
    windows = (cosines.shape[1] - width) // step + 1
    blocks, rest = divmod(width, step)
    end = (windows + blocks - 1) * step
    by_block: Floats = np.maximum.reduceat(cosines[:, :end], np.arange(0, end, step, dtype=np.int64), axis=1)
    highest: Floats = by_block[:, :windows]
    for shift in range(1, blocks):
        highest = np.maximum(highest, by_block[:, shift : shift + windows])
    for shift in range(rest):
        highest = np.maximum(highest, cosines[:, blocks * step + shift :: step][:, :windows])
    return highest


def _bigram(cosines: Floats) -> Floats:
    if min(cosines.shape) < 2:
        return _highest(cosines)
    both = (cosines[:-1, :-1] + cosines[1:, 1:]).max(axis=1) / 2
    better: Floats = np.maximum(np.concatenate([both, both[-1:]]), np.concatenate([both[:1], both]))
    return better


def _context(cosines: Floats) -> Floats:
    """Best mean of a piece's own cosine and its neighbours' best ones within reach of the same place."""
    if len(cosines) < 2:
        return _highest(cosines)
    near = _running_maximum(cosines)
    total = np.zeros_like(cosines)
    count = np.zeros((len(cosines), 1), dtype=np.float32)
    for shift in (1, 2):
        if shift < len(cosines):
            total[shift:] += near[:-shift]
            total[:-shift] += near[shift:]
            count[shift:] += 1
            count[:-shift] += 1
    return _highest(((cosines + total / count) / 2).astype(np.float32, copy=False))


def _running_maximum(cosines: Floats) -> Floats:
    """Highest of up to seven columns around each, 0 beyond the ends; by doubling: a sliding view is far slower."""
    padded = np.zeros((len(cosines), cosines.shape[1] + 2 * _REACH), dtype=np.float32)
    padded[:, _REACH:-_REACH] = cosines
    two = np.maximum(padded[:, :-1], padded[:, 1:])
    four = np.maximum(two[:, :-2], two[:, 2:])
    seven: Floats = np.maximum(four[:, :-3], four[:, 3:])
    return seven
