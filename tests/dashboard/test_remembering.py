"""The remembering scorer: no pair is judged twice."""

from collections.abc import Sequence

from tierscope.dashboard.remembering import RememberingScorer
from tierscope.metrics.retention import RetentionScore
from tierscope.metrics.retention.lexical import LexicalScorer
from tierscope.metrics.retention.scores import Progress

SALES = ("Sales fell 3 percent.", "Sales fell 3 percent in June.")
RATES = ("Rates are steady.", "Nothing of the kind.")


class Counting(LexicalScorer):
    """Words alone, and a list of what was judged."""

    def __init__(self) -> None:
        super().__init__()
        self.judged: list[tuple[str, str]] = []

    def score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None = None) -> list[RetentionScore]:
        self.judged += pairs
        return super().score(pairs, progress)


def test_scores_are_those_of_the_scorer_and_each_pair_is_judged_once() -> None:
    counting = Counting()
    scorer = RememberingScorer(lambda: counting)
    expected = LexicalScorer().score([SALES, RATES, SALES])
    assert scorer.score([SALES, RATES, SALES]) == expected
    assert scorer.score([RATES, SALES, SALES]) == [expected[1], expected[0], expected[0]]
    assert counting.judged == [SALES, RATES]
    assert (scorer.name, scorer.version) == (counting.name, counting.version)


def test_progress_counts_what_is_new() -> None:
    scorer = RememberingScorer(LexicalScorer)
    scorer.score([SALES])
    told: list[tuple[int, int]] = []
    scorer.score([SALES, RATES], lambda done, total: told.append((done, total)))
    assert told == [(1, 1)]


def test_oldest_scores_are_forgotten_beyond_the_bound() -> None:
    counting = Counting()
    scorer = RememberingScorer(lambda: counting, most_pairs=1)
    scorer.score([SALES])
    scorer.score([RATES])
    scorer.score([RATES])
    scorer.score([SALES])
    assert counting.judged == [SALES, RATES, SALES]
