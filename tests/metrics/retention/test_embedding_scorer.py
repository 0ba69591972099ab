"""Work ahead of the scores: the next chunk of texts is embedded while one is scored."""

from collections.abc import Iterable
from concurrent.futures import CancelledError
from threading import Event

from tierscope.metrics.retention.embeddings import EmbeddedText, Embedder
from tierscope.metrics.retention.scores import Progress
from tierscope.metrics.retention.soft_recall import CosineScorer

PAIRS = [(f"Exports of ware {number} rose by {number}%.", "Exports rose again.") for number in range(200)]
PATIENCE = 3_000


class EndlessSecondTime(Embedder):
    """Embeds the first chunk at once, and works on the second one until it is told to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.chunks = 0
        self.stopped = Event()

    def embed(self, texts: Iterable[str], progress: Progress | None = None) -> dict[str, EmbeddedText]:
        """Embed, or tell progress until that raises."""
        self.chunks += 1
        if self.chunks == 1:
            return super().embed(texts, progress)
        assert progress is not None
        for _ in range(PATIENCE):
            try:
                progress(0, 1)
            except CancelledError:
                self.stopped.set()
                raise
            Event().wait(0.01)
        raise AssertionError("nobody stopped the work ahead")


def test_broken_off_stream_stops_the_chunk_that_is_embedded_ahead() -> None:
    embedder = EndlessSecondTime()
    stream = CosineScorer(embedder).stream(PAIRS)
    index, score = next(stream)
    assert (score.scorer, PAIRS[index] in PAIRS, embedder.stopped.is_set()) == ("cosine", True, False)
    stream.close()
    assert embedder.stopped.is_set()


def test_stream_gives_every_pair_once() -> None:
    scorer = CosineScorer(Embedder())
    found = dict(scorer.stream(PAIRS))
    assert [found[index] for index in range(len(PAIRS))] == scorer.score(PAIRS)
