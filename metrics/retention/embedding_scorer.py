"""What every scorer with embeddings shares: each text cut and embedded once, long texts narrowed per unit."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from tierscope.metrics.retention.embeddings import EmbeddedText, Embedder
from tierscope.metrics.retention.scores import Progress, RetentionScore
from tierscope.metrics.retention.sentences import split_sentences
from tierscope.metrics.retention.words import content_stems, split_words, stem

__all__ = ["EmbeddingScorer"]

_LONG_TEXT_SENTENCES = 600
"""A longer text is narrowed, unit by unit, to the sentences that share most with the unit."""
_NARROWED_SENTENCES = 200
_CHUNK_SENTENCES = 4_000
"""Texts are taken in chunks of about so many sentences, to bound memory."""


class EmbeddingScorer(ABC):
    """A scorer that compares a unit with the sentences of a text.

    Args:
        embedder: where vectors come from.
    """

    name: str
    """How results name it."""
    version: str
    """Changes whenever the same pair could score otherwise."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None = None) -> list[RetentionScore]:
        """Judge (unit, text) pairs, in order.

        Raises:
            MissingExtraError: the ``retention`` extra is not installed.
            InputError: the model's weights are not the expected ones.
        """
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no type hints

        with threadpool_limits(1, user_api="blas"):  # these products are small, and threads would wait busily
            return self._score(pairs, progress)

    def _score(self, pairs: Sequence[tuple[str, str]], progress: Progress | None) -> list[RetentionScore]:
        scores: dict[int, RetentionScore] = {}
        for chunk in _chunks(pairs):
            wanted = [pairs[index][0] for index in chunk]
            for sentences in dict.fromkeys(chunk.values()):
                wanted.extend(sentences)
            embedded = self._embedder.embed(wanted)
            for index, sentences in chunk.items():
                unit = pairs[index][0]
                kept = [one for one in sentences if len(embedded[one].vectors)]
                scores[index] = self._score_pair(unit, kept, embedded)
            if progress is not None:
                progress(len(scores), len(pairs))
        return [scores[index] for index in range(len(pairs))]

    @abstractmethod
    def _score_pair(self, unit: str, sentences: Sequence[str], embedded: Mapping[str, EmbeddedText]) -> RetentionScore:
        """Judge one unit against sentences that all have vectors; either may be without any."""


def _chunks(pairs: Sequence[tuple[str, str]]) -> Iterator[dict[int, tuple[str, ...]]]:
    """Yield index -> sentences to look at, pairs of one text together."""
    by_text: dict[str, list[int]] = {}
    for index, (_, text) in enumerate(pairs):
        by_text.setdefault(text, []).append(index)
    chunk: dict[int, tuple[str, ...]] = {}
    size = 0
    for text, members in by_text.items():
        sentences = tuple(split_sentences(text))
        narrowed = _Narrowing(sentences) if len(sentences) > _LONG_TEXT_SENTENCES else None
        for index in members:
            chunk[index] = narrowed.nearest(pairs[index][0]) if narrowed else sentences
            size += len(chunk[index]) if narrowed else 1
        size += len(sentences) if narrowed is None else 0
        if size > _CHUNK_SENTENCES:
            yield chunk
            chunk, size = {}, 0
    if chunk:
        yield chunk


class _Narrowing:
    """Finds the sentences of a long text that share most idf with a unit, by an index from stems to sentences."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._sentences = sentences
        self._places: dict[str, list[int]] = {}
        for place, sentence in enumerate(sentences):
            for key in {stem(word) for word in split_words(sentence)}:
                self._places.setdefault(key, []).append(place)

    def nearest(self, unit: str) -> tuple[str, ...]:
        """Return at most 200 sentences, in the order of the text; the first ones where none shares a word."""
        shared: dict[int, float] = {}
        for key, weight in content_stems(unit).items():
            for place in self._places.get(key, ()):
                shared[place] = shared.get(place, 0.0) + weight
        best = sorted(shared, key=lambda place: (-shared[place], place))[:_NARROWED_SENTENCES]
        places = sorted(best) or range(_NARROWED_SENTENCES)
        return tuple(self._sentences[place] for place in places)
