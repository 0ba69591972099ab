"""Retention by an entailment model of the user's choice: slower, needs its weights, and reads whole passages."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tierscope.errors import InputError, MissingExtraError
from tierscope.metrics.retention.model import is_model_installed
from tierscope.metrics.retention.reading import read_sentences
from tierscope.metrics.retention.scores import Progress, RetentionScore, RetentionVerdict

__all__ = ["EntailmentScorer"]

_WINDOW_SENTENCES = 3
_PAIRS_PER_STEP = 256


class EntailmentScorer:
    """Probability that three neighbouring sentences of the text entail the unit; a contradicted one is "distorted".

    Args:
        model: name or folder of a sentence-transformers CrossEncoder with an "entailment" label.

    Raises:
        MissingExtraError: the ``retention`` extra is not installed.
        InputError: the model cannot be loaded, or has no such label.
    """

    name = "nli"
    """How results name it."""

    RETAINED_AT = 0.5
    """From this probability on a unit counts as retained."""

    PARTIAL_AT = 0.25
    """From this probability on, and below `RETAINED_AT`, part of it is there."""

    def __init__(self, model: str) -> None:
        if not is_model_installed():
            raise MissingExtraError("retention", "The scorer 'nli'")
        from sentence_transformers import CrossEncoder

        try:
            self._model: Any = CrossEncoder(model, device="cpu")
        except (OSError, ValueError) as error:
            raise InputError(f"The model '{model}' of the scorer 'nli' cannot be loaded ({error}).") from error
        labels = {str(label).lower(): int(index) for index, label in self._model.config.id2label.items()}
        if "entailment" not in labels:
            raise InputError(
                f"The model '{model}' has no label 'entailment' but {', '.join(labels)}: name an NLI model."
            )
        self._entailment = labels["entailment"]
        self._contradiction = labels.get("contradiction")
        self.version = f"2 {model}"
        """Changes whenever the same pair could score otherwise."""

    def score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None = None) -> list[RetentionScore]:
        """Judge (unit, text) pairs, in order."""
        windows = {text: _windows(text) for _, text in dict.fromkeys(pairs)}
        questions = dict.fromkeys((passage, unit) for unit, text in pairs for passage in windows[text])
        answers: dict[tuple[str, str], tuple[float, float]] = {}
        ordered = sorted(questions, key=lambda question: len(question[0]))
        for begin in range(0, len(ordered), _PAIRS_PER_STEP):
            part = ordered[begin : begin + _PAIRS_PER_STEP]
            answers.update(zip(part, self._ask(part), strict=True))
            if progress is not None:
                progress(begin + len(part), len(ordered))
        return [self._row(unit, windows[text], answers) for unit, text in pairs]

    def _ask(self, questions: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
        """Probabilities of entailment and contradiction per (passage, unit)."""
        logits = np.asarray(self._model.predict(list(questions), show_progress_bar=False, activation_fn=None))
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        against = np.zeros(len(shares)) if self._contradiction is None else shares[:, self._contradiction]
        return [(float(one), float(other)) for one, other in zip(shares[:, self._entailment], against, strict=True)]

    def _row(
        self, unit: str, passages: Sequence[str], answers: dict[tuple[str, str], tuple[float, float]]
    ) -> RetentionScore:
        best = max(passages, key=lambda passage: answers[passage, unit][0])
        worst = max(passages, key=lambda passage: answers[passage, unit][1])
        score, against = answers[best, unit][0], answers[worst, unit][1]
        verdict: RetentionVerdict = "retained" if score >= self.RETAINED_AT else "lost"
        if score < self.RETAINED_AT <= against:
            return self._score(score, "distorted", worst, ("a passage contradicts it",))
        if self.PARTIAL_AT <= score < self.RETAINED_AT:
            verdict = "partial"
        return self._score(score, verdict, best, ())

    def _score(
        self, score: float, verdict: RetentionVerdict, evidence: str, reasons: tuple[str, ...]
    ) -> RetentionScore:
        return RetentionScore(score, verdict, evidence, reasons, self.name, self.version, None)


def _windows(text: str) -> list[str]:
    sentences = read_sentences(text)
    last = max(1, len(sentences) - _WINDOW_SENTENCES + 1)
    return [" ".join(sentences[start : start + _WINDOW_SENTENCES]) for start in range(last)]
