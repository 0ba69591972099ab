"""A retention scorer that judges no pair of texts twice while the dashboard runs."""

import threading
from collections.abc import Callable, Sequence
from typing import Final

from tierscope.metrics.retention import RetentionScore, Scorer, open_scorer

__all__ = ["RememberingScorer"]

_MOST_PAIRS: Final = 500_000
"""Beyond these the oldest are forgotten; a pair takes about 300 bytes, its texts belong to the caller."""

Pair = tuple[str, str]


class RememberingScorer:
    """The default scorer with a memory, so that each metric of retention, and each new run, costs only what is new.

    Safe for use by several threads: the second waits for the first and finds its scores.
    """

    def __init__(self) -> None:
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
            for pair in list(self._scores)[: max(len(self._scores) - _MOST_PAIRS, 0)]:
                del self._scores[pair]
            return judged

    def _opened(self) -> Scorer:
        if self._scorer is None:
            self._scorer = open_scorer()
        return self._scorer
