"""Retention by words and numbers alone: no model, no extra, some thousand pairs a second."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity
from tierscope.metrics.retention.reading import read_sentences
from tierscope.metrics.retention.scores import Progress, RetentionScore, RetentionVerdict
from tierscope.metrics.retention.words import content_stems, split_words, stem

__all__ = ["LexicalMatch", "LexicalScorer", "match_words"]


@dataclass(frozen=True, slots=True)
class LexicalMatch:
    """How much of a unit's words and numbers a text has."""

    text_recall: float
    """Share of the unit's idf whose stems stand anywhere in the text, 0 to 1."""
    sentence_recall: float
    """The same for the best sentence."""
    best_sentence: int | None
    """Index of that sentence; None where none shares a word."""
    missing_numbers: tuple[str, ...]
    """The unit's numbers that the text does not state, as written."""
    numbers: int
    """How many numbers the unit states."""
    missing_words: tuple[str, ...] = field(default=())
    """Up to five stems of the unit that the text lacks, the weightiest first."""


@dataclass(frozen=True, slots=True)
class LexicalText:
    """A text cut for lexical matching, once for all units that are looked for in it."""

    sentences: tuple[str, ...]
    """Its sentences."""
    sentence_stems: tuple[frozenset[str], ...]
    """Stems of each sentence."""
    stems: frozenset[str]
    """Stems of the whole text."""
    quantities: tuple[Quantity, ...]
    """Numbers of the whole text."""


@lru_cache(maxsize=64)
def read_text(text: str) -> LexicalText:
    """Cut a text; the last few are remembered."""
    sentences = tuple(read_sentences(text))
    stems = tuple(frozenset(map(stem, split_words(sentence))) for sentence in sentences)
    return LexicalText(sentences, stems, frozenset[str]().union(*stems), find_quantities(text))


def match_words(unit: str, text: LexicalText) -> LexicalMatch:
    """Compare a unit with a text by stems, weighted by idf, and by numbers."""
    wanted = content_stems(unit)
    total = sum(wanted.values()) or 1.0
    missing = sorted((key for key in wanted if key not in text.stems), key=wanted.__getitem__, reverse=True)
    shares = [sum(wanted[key] for key in wanted.keys() & stems) / total for stems in text.sentence_stems]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    quantities = find_quantities(unit)
    absent = [
        quantity.text
        for quantity in quantities
        if not any(is_same_quantity(quantity, other) for other in text.quantities)
    ]
    return LexicalMatch(
        text_recall=1 - sum(wanted[key] for key in missing) / total,
        sentence_recall=shares[best] if best is not None else 0.0,
        best_sentence=best if best is not None and shares[best] > 0 else None,
        missing_numbers=tuple(absent),
        numbers=len(quantities),
        missing_words=tuple(missing[:5]),
    )


class LexicalScorer:
    """Mean of best-sentence and whole-text idf recall of stems; each missing number takes its share off.

    Args:
        note: put before the reasons of every score, for a fall-back to say that it is one.
    """

    name = "lexical"
    """How results name it."""

    version = "2"
    """Changes whenever the same pair could score otherwise."""

    RETAINED_AT = 0.66
    """From this score on a unit counts as retained."""

    PARTIAL_AT = 0.45
    """From this score on, and below `RETAINED_AT`, part of it is there."""

    def __init__(self, note: str | None = None) -> None:
        self._note = note

    def score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None = None) -> list[RetentionScore]:
        """Judge (unit, text) pairs, in order."""
        found: list[RetentionScore] = []
        for done, (unit, text) in enumerate(pairs, 1):
            found.append(self._score_pair(unit, read_text(text)))
            if progress is not None and (done % 1000 == 0 or done == len(pairs)):
                progress(done, len(pairs))
        return found

    def _score_pair(self, unit: str, text: LexicalText) -> RetentionScore:
        match = match_words(unit, text)
        score = (match.sentence_recall + match.text_recall) / 2
        if match.numbers:
            score *= 1 - 0.6 * len(match.missing_numbers) / match.numbers
        reasons = [self._note] if self._note else []
        if match.missing_words:
            reasons.append("missing words: " + ", ".join(match.missing_words))
        if match.missing_numbers:
            reasons.append("missing numbers: " + ", ".join(match.missing_numbers))
        return RetentionScore(
            score=score,
            verdict=self._verdict(score),
            evidence=text.sentences[match.best_sentence] if match.best_sentence is not None else None,
            reasons=tuple(reasons),
            scorer=self.name,
            scorer_version=self.version,
            model_hash=None,
        )

    def _verdict(self, score: float) -> RetentionVerdict:
        if score >= self.RETAINED_AT:
            return "retained"
        return "partial" if score >= self.PARTIAL_AT else "lost"
