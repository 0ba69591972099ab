"""The default scorer: word-piece features through small networks trained on human labels, reasons in words."""

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np
import numpy.typing as npt
from rapidfuzz.fuzz import ratio
from rapidfuzz.process import extractOne

from tierscope.metrics.retention.contradictions import find_contradiction, find_misstated_number
from tierscope.metrics.retention.embedding_scorer import EmbeddingScorer
from tierscope.metrics.retention.embeddings import EmbeddedText, Embedder
from tierscope.metrics.retention.model import MODEL_HASH
from tierscope.metrics.retention.name_forms import find_absent_names
from tierscope.metrics.retention.number_context import PERIODS, find_unbound
from tierscope.metrics.retention.piece_features import (
    PairFeatures,
    TextProfile,
    UnitProfile,
    compare,
    profile_text,
    profile_unit,
)
from tierscope.metrics.retention.piece_net import PieceNet, load_piece_net
from tierscope.metrics.retention.quantities import Quantity
from tierscope.metrics.retention.scores import RetentionScore, RetentionVerdict
from tierscope.metrics.retention.verbatim import find_verbatim
from tierscope.metrics.retention.words import find_names, is_common, split_words, stem

__all__ = ["CalibratedScorer"]

_VERBATIM_SCORE = 0.99
_MATCHED_AT = 0.5
_NEARLY_ALL = 0.75
"""Share of a unit's words that make it partial where all that lacks is a number."""
_MOSTLY = 0.5
"""Share of a unit's weight in numbers from which on it says little without them ("Signal line: 18.61")."""
_TELLING_DIGITS = 3
_ALIKE = 85.0
"""Names so alike, of 100, are one in two spellings."""
_NEAR_AT = 0.05
"""Below this probability even the best sentence is no evidence of anything."""
_UNITS_REMEMBERED = 5_000


class CalibratedScorer(EmbeddingScorer):
    """Probability that people find the unit in the text, learned from REALSumm's annotators.

    A unit that stands in the text word for word needs no network. Where the nearest sentence contradicts the unit
    (another number, the opposite word, a negation), the verdict is "distorted", whatever the score: similarity cannot
    see it. A unit is at best "partial" whose number the text does not state, or states of something else, or that
    names whom the text does not mention; one of whose telling numbers the text states of the same thing is at least
    that.

    Args:
        embedder: where vectors come from.
        net: networks other than the shipped ones.
    """

    name = "calibrated"
    version = "4"

    RETAINED_AT = 0.5
    """From this probability on a unit counts as retained."""

    PARTIAL_AT = 0.33
    """From this probability on, and below `RETAINED_AT`, part of it is there: at least one of three REALSumm annotators
    found every other such unit."""

    def __init__(self, embedder: Embedder, net: PieceNet | None = None) -> None:
        super().__init__(embedder)
        self._net = net or load_piece_net()
        self._texts: tuple[tuple[str, ...], TextProfile] | None = None
        self._units: dict[str, UnitProfile] = {}

    def _score_pair(self, unit: str, sentences: Sequence[str], embedded: Mapping[str, EmbeddedText]) -> RetentionScore:
        verbatim = find_verbatim(unit, sentences)
        if verbatim is not None:
            return self._row(_VERBATIM_SCORE, "retained", sentences[verbatim], ("stands word for word",))
        if not sentences or not len(embedded[unit].vectors):
            return self._row(0.0, "lost", None, ("no words to compare",))
        profile = self._profile_unit(unit, embedded[unit])
        text = self._profile_text(tuple(sentences), embedded)
        features = compare(profile, text)
        probability, matched = self._net.judge(features.pieces)
        evidence = sentences[features.best_sentence]
        reasons = _reasons(embedded[unit], profile, features, matched)
        change = find_contradiction(unit, evidence, features.missing_quantities)
        if change is None:
            misstated = find_misstated_number(unit, features.missing_quantities, sentences)
            change, evidence = misstated or (None, evidence)
        if change is not None:
            return self._row(probability, "distorted", evidence, (str(change), *reasons))
        near = evidence if probability >= _NEAR_AT else None
        unbound = find_unbound(unit, sentences)
        apart = [quantity.text for quantity in unbound if quantity not in features.missing_quantities]
        if apart:
            reasons = (f"numbers that stand elsewhere: {', '.join(apart)}", *reasons)
        strangers: list[str] = []
        if probability >= self.RETAINED_AT:
            strangers = _find_strangers(unit, embedded[unit], text.stems, sentences, matched)
        if strangers:
            reasons = (f"names that are not there: {', '.join(strangers)}", *reasons)
        is_whole = not unbound and not strangers
        verdict = self._verdict(probability, profile, unbound, matched, is_whole=is_whole)
        return self._row(probability, verdict, near, reasons)

    def _profile_unit(self, unit: str, embedded: EmbeddedText) -> UnitProfile:
        if len(self._units) > _UNITS_REMEMBERED:
            self._units.clear()
        if unit not in self._units:
            self._units[unit] = profile_unit(unit, embedded)
        return self._units[unit]

    def _profile_text(self, sentences: tuple[str, ...], embedded: Mapping[str, EmbeddedText]) -> TextProfile:
        """Profile a text; the last one is remembered, since pairs come text by text."""
        if self._texts is None or self._texts[0] != sentences:
            self._texts = (sentences, profile_text(sentences, [embedded[sentence] for sentence in sentences]))
        return self._texts[1]

    def _verdict(
        self,
        probability: float,
        unit: UnitProfile,
        unbound: Sequence[Quantity],
        matched: npt.NDArray[np.float64],
        *,
        is_whole: bool,
    ) -> RetentionVerdict:
        if is_whole and probability >= self.RETAINED_AT:
            return "retained"
        is_stated = any(_is_telling(quantity) for quantity in unit.quantities if quantity not in unbound)
        owners = unit.quantity_of_piece
        absent = [owner is not None and unit.quantities[owner] in unbound for owner in owners]
        is_mostly_number = float(unit.shares[absent].sum()) >= _MOSTLY
        if is_stated or (probability >= self.PARTIAL_AT and not is_mostly_number):
            return "partial"
        words = np.array([owner is None for owner in owners]) & (unit.shares > 0)
        total = float(unit.shares[words].sum())
        there = float(unit.shares[words & (matched >= _MATCHED_AT)].sum())
        is_all_but_numbers = bool(unbound) and not is_mostly_number and total > 0 and there / total >= _NEARLY_ALL
        return "partial" if is_all_but_numbers else "lost"

    def _row(
        self, score: float, verdict: RetentionVerdict, evidence: str | None, reasons: tuple[str, ...]
    ) -> RetentionScore:
        return RetentionScore(score, verdict, evidence, reasons, self.name, self.version, MODEL_HASH)


def _find_strangers(
    unit: str,
    embedded: EmbeddedText,
    stems: frozenset[str],
    sentences: Sequence[str],
    matched: npt.NDArray[np.float64],
) -> list[str]:
    """Names in a unit of which the text mentions no word, in any spelling, abbreviated or in other words."""
    names = {name for name in find_names(unit) if not is_common(name)}
    unmatched = {word for word, share in zip(embedded.words, matched, strict=True) if share < _MATCHED_AT}
    words_of_unit = (word.removesuffix("'s") for word in split_words(unit))
    whole_names = [list(words) for is_name, words in groupby(words_of_unit, names.__contains__) if is_name]
    unknown = [
        words
        for words in whole_names
        if unmatched.issuperset(words) and not any(_is_spelled(word, stems) for word in words)
    ]
    absent = set(find_absent_names(unit, "\n".join(sentences))) if unknown else set[str]()
    return [" ".join(words) for words in unknown if absent.issuperset(words)]


def _is_spelled(name: str, stems: frozenset[str]) -> bool:
    return stem(name) in stems or extractOne(name, stems, scorer=ratio, score_cutoff=_ALIKE) is not None


def _is_telling(quantity: Quantity) -> bool:
    """Say whether a number is one that hardly stands beside the same word by chance."""
    digits = str(abs(int(quantity.value / quantity.step))).lstrip("0")
    return quantity.kind not in PERIODS and len(digits.rstrip("0")) >= _TELLING_DIGITS


def _reasons(
    embedded: EmbeddedText, unit: UnitProfile, features: PairFeatures, matched: npt.NDArray[np.float64]
) -> tuple[str, ...]:
    """Name the words that the networks take as absent, and the numbers that the text does not state."""
    reasons: list[str] = []
    if features.missing_quantities:
        reasons.append("missing numbers: " + ", ".join(quantity.text for quantity in features.missing_quantities))
    numbers = {index for index, owner in enumerate(unit.quantity_of_piece) if owner is not None}
    absent = [
        (float(unit.shares[index]), word)
        for index, word in enumerate(embedded.words)
        if matched[index] < _MATCHED_AT and unit.shares[index] > 0 and index not in numbers
    ]
    words = list(dict.fromkeys(word for _, word in sorted(absent, key=lambda item: -item[0])))[:5]
    if words:
        reasons.append("not found: " + ", ".join(words))
    return tuple(reasons)
