"""A retention scorer that judges no pair of texts twice while the dashboard runs."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from tierscope.metrics.retention import RetentionScore, Scorer, open_scorer

__all__ = ["RememberingScorer"]

MOST_PAIRS: Final = 500_000
"""A score takes about 300 bytes; most of its texts are held elsewhere too."""

Pair = tuple[str, str]


class RememberingScorer:
    """A scorer with a memory, so that each metric of retention, and each new run, costs only what is new.

    Safe for use by several threads: the second waits for the first and finds its scores.

    Args:
        make: makes the scorer that judges, once it is needed.
        most_pairs: how many scores to keep; beyond these the oldest are forgotten.
    """

    def __init__(self, make: Callable[[], Scorer] = open_scorer, most_pairs: int = MOST_PAIRS) -> None:
        self._make = make
        self._most_pairs = most_pairs
        self._lock = threading.Lock()
        self._scorer: Scorer | None = None
        self._scores: dict[Pair, RetentionScore] = {}

    @property
    def name(self) -> str:
        """Name of the scorer that judges."""
        return self._opened().name

    @property
    def version(self) -> str:
        """Version of the scorer that judges."""
        return self._opened().version

    def score(self, pairs: Sequence[Pair], progress: Callable[[int, int], None] | None = None) -> list[RetentionScore]:
        """Judge (unit, text) pairs, in order.

        Args:
            pairs: neither side blank.
            progress: told (done, total) of the pairs that are new.
        """
        with self._lock:
            new = [pair for pair in dict.fromkeys(pairs) if pair not in self._scores]
            scores = self._opened().score(new, progress) if new else []
            self._scores.update(zip(new, scores, strict=True))
            judged = [self._scores[pair] for pair in pairs]
            for pair in list(self._scores)[: max(len(self._scores) - self._most_pairs, 0)]:
                del self._scores[pair]
            return judged

    def _opened(self) -> Scorer:
        if self._scorer is None:
            self._scorer = self._make()
        return self._scorer
