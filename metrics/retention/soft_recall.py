"""Retention by embeddings: idf-weighted soft token recall, and plain sentence cosine to compare with."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tierscope.metrics.retention.embedding_scorer import EmbeddingScorer
from tierscope.metrics.retention.embeddings import EmbeddedText
from tierscope.metrics.retention.model import MODEL_HASH
from tierscope.metrics.retention.scores import RetentionScore, RetentionVerdict

__all__ = ["CosineScorer", "SoftMatch", "SoftRecallScorer", "match_pieces"]


class SoftMatch(NamedTuple):
    """Best similarities of one unit with one text."""

    by_sentence: npt.NDArray[np.float32]
    """Per word piece of the unit its best cosine in each sentence: shape (pieces, sentences)."""
    weights: npt.NDArray[np.float32]
    """idf of the unit's pieces as shares of 1, shape (pieces,)."""
    cosines: npt.NDArray[np.float32]
    """Cosine of the unit's and each sentence's mean, shape (sentences,)."""

    @property
    def text_recall(self) -> float:
        """Soft recall over the whole text."""
        return float(self.weights @ self.by_sentence.max(axis=1))

    @property
    def sentence_recalls(self) -> npt.NDArray[np.float32]:
        """Soft recall over each sentence alone, shape (sentences,)."""
        return self.weights @ self.by_sentence


def match_pieces(unit: EmbeddedText, sentences: Sequence[EmbeddedText]) -> SoftMatch:
    """Compare every word piece of a unit with every one of some sentences (all of them have pieces)."""
    columns = np.concatenate([sentence.vectors for sentence in sentences])
    starts = np.cumsum([0, *(len(sentence.vectors) for sentence in sentences[:-1])])
    similarities = unit.vectors @ columns.T
    total = unit.weights.sum()
    weights = unit.weights / total if total > 0 else np.full_like(unit.weights, 1 / len(unit.weights))
    cosines = np.stack([sentence.mean for sentence in sentences]) @ unit.mean
    return SoftMatch(np.maximum.reduceat(similarities, starts, axis=1), weights, cosines)


class SoftRecallScorer(EmbeddingScorer):
    """Mean of best-sentence and whole-text soft recall, rescaled so that unrelated text scores near 0.

    score = sum_i w_i max_j cos(u_i, s_j) over the word pieces i of the unit and j of the sentence or text, w the
    idf shares. Word pieces of unrelated texts still have a best cosine of about .2, hence the rescaling.
    """

    name = "soft-recall"
    version = "2"

    def _score_pair(self, unit: str, sentences: Sequence[str], embedded: Mapping[str, EmbeddedText]) -> RetentionScore:
        if not sentences or not len(embedded[unit].vectors):
            return self._row(0.0, None, ("no words to compare",))
        match = match_pieces(embedded[unit], [embedded[sentence] for sentence in sentences])
        score, best = self._combine(match)
        return self._row(score, sentences[best], ())

    def _combine(self, match: SoftMatch) -> tuple[float, int]:
        recalls = match.sentence_recalls
        best = int(recalls.argmax())
        mean = (float(recalls[best]) + match.text_recall) / 2
        return min(1.0, max(0.0, (mean - 0.2) / 0.8)), best

    def _row(self, score: float, evidence: str | None, reasons: tuple[str, ...]) -> RetentionScore:
        return RetentionScore(score, self._verdict(score), evidence, reasons, self.name, self.version, MODEL_HASH)

    def _verdict(self, score: float) -> RetentionVerdict:
        if score >= 0.55:
            return "retained"
        return "partial" if score >= 0.42 else "lost"


class CosineScorer(SoftRecallScorer):
    """Highest cosine of sentence embeddings: the usual baseline, and the weakest on every labelled set."""

    name = "cosine"

    def _combine(self, match: SoftMatch) -> tuple[float, int]:
        best = int(match.cosines.argmax())
        return min(1.0, max(0.0, float(match.cosines[best]))), best
