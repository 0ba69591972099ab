"""What a scorer says of one pair: the rows that every command, metric and view passes on."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

__all__ = [
    "MAXIMUM_STATEMENT_CHARACTERS",
    "PAIRS_PER_TELLING",
    "DistortionScore",
    "DistortionVerdict",
    "Progress",
    "RetentionScore",
    "RetentionVerdict",
    "Scorer",
    "StreamingScorer",
]

RetentionVerdict = Literal["retained", "partial", "lost", "distorted"]
DistortionVerdict = Literal["distorted", "faithful"]
MAXIMUM_STATEMENT_CHARACTERS = 20_000
"""A longer text is no statement; the texts in which statements are looked for have no such limit."""

Progress = Callable[[int, int], None]
"""Told (done, total) now and then during long work."""

PAIRS_PER_TELLING = 32
"""Progress is told after so many pairs: several times a second, and never so often that telling costs time."""


@dataclass(frozen=True, slots=True)
class RetentionScore:
    """Whether one unit of information survives in one text."""

    score: float | None
    """From 0 to 1; with the calibrated scorer the probability that a person finds the unit in the text.
    None where there was nothing to judge; `reasons` then says why."""
    verdict: RetentionVerdict | None
    """None exactly where `score` is None."""
    evidence: str | None
    """The sentence of the text that says the unit best; None where no sentence comes near."""
    reasons: tuple[str, ...]
    """What speaks for the verdict, in words: matched and missing words, numbers, changes."""
    scorer: str
    """Name of the scorer."""
    scorer_version: str
    """Changes whenever the same pair could score otherwise."""
    model_hash: str | None
    """SHA-256 of the weights it used; None without a model."""


@dataclass(frozen=True, slots=True)
class DistortionScore:
    """Whether an edited statement still says what the original says."""

    score: float | None
    """From 0 (faithful) to 1 (distorted); None where there was nothing to compare."""
    verdict: DistortionVerdict | None
    """None exactly where `score` is None."""
    reasons: tuple[str, ...]
    """The words that changed and why that matters; empty for a faithful pair."""


class Scorer(Protocol):
    """A way to judge retention; pass an instance, or the name of a bundled one, to `score_retention`."""

    name: str
    """How results name it."""
    version: str
    """Changes whenever the same pair could score otherwise."""

    def score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None = None) -> list[RetentionScore]:
        """Judge (unit, text) pairs, in order.

        Neither side is blank, and each pair is judged by itself. A pair's text often repeats the one before.
        """
        ...


@runtime_checkable
class StreamingScorer(Scorer, Protocol):
    """A scorer that gives scores as they come, so that none is lost where long or paid work is broken off."""

    def stream(self, pairs: Sequence[tuple[str, str]]) -> Generator[tuple[int, RetentionScore]]:
        """Judge as `score` does, and yield index and score of each pair, in any order."""
        ...
