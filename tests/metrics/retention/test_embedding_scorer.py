"""Scores as they come: every pair once, in chunks that share forward passes."""

from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.soft_recall import CosineScorer

PAIRS = [(f"Exports of ware {number} rose by {number}%.", "Exports rose again.") for number in range(200)]


def test_stream_gives_every_pair_once() -> None:
    scorer = CosineScorer(Embedder())
    found = dict(scorer.stream(PAIRS))
    assert [found[index] for index in range(len(PAIRS))] == scorer.score(PAIRS)
