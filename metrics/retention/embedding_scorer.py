"""What every scorer with embeddings shares: each text cut and embedded once, long texts narrowed per unit."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import accumulate

from tierscope.metrics.retention.embeddings import EmbeddedText, Embedder
from tierscope.metrics.retention.reading import read_sentences
from tierscope.metrics.retention.scores import PAIRS_PER_TELLING, Progress, RetentionScore
from tierscope.metrics.retention.words import content_stems, split_words, stem

__all__ = ["EmbeddingScorer"]

_LONG_TEXT_SENTENCES, _LONG_TEXT_CHARACTERS = 600, 150_000
"""A longer text is narrowed, unit by unit, to the sentences that share most with the unit."""
_NARROWED_SENTENCES, _NARROWED_CHARACTERS = 200, 30_000
"""So many at most: a text without line or sentence ends has few sentences, but each is a page."""
_FIRST_CHUNK_PAIRS, _CHUNK_PAIRS = 128, 512
"""Pairs are taken in chunks that double in size: the first scores come soon, and later ones share larger batches."""
_CHUNK_SENTENCES = 4_000
"""A chunk of more sentences is closed, to bound memory."""

Chunk = dict[int, tuple[str, ...]]
"""Index of a pair -> the sentences to look at."""


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
        scores: dict[int, RetentionScore] = {}
        with closing(self.stream(pairs)) as stream:
            for index, score in stream:
                scores[index] = score
                if progress is not None and (len(scores) % PAIRS_PER_TELLING == 0 or len(scores) == len(pairs)):
                    progress(len(scores), len(pairs))
        return [scores[index] for index in range(len(pairs))]

    def stream(self, pairs: Sequence[tuple[str, str]]) -> Generator[tuple[int, RetentionScore]]:
        """Judge (unit, text) pairs and yield index and score of each as soon as it is there, text by text.

        Raises:
            MissingExtraError: the ``retention`` extra is not installed.
            InputError: the model's weights are not the expected ones.
        """
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # ships no type hints

        for chunk in _chunks(pairs):
            texts = dict.fromkeys(chunk.values())
            wanted = [pairs[index][0] for index in chunk]
            wanted.extend(sentence for sentences in texts for sentence in sentences)
            embedded = self._embedder.embed(wanted)
            kept = {sentences: [one for one in sentences if len(embedded[one].vectors)] for sentences in texts}
            with threadpool_limits(1, user_api="blas"):  # the products are small; threads would wait busily
                for index, sentences in chunk.items():
                    yield index, self._score_pair(pairs[index][0], kept[sentences], embedded)

    @abstractmethod
    def _score_pair(self, unit: str, sentences: Sequence[str], embedded: Mapping[str, EmbeddedText]) -> RetentionScore:
        """Judge one unit against sentences that all have vectors; either may be without any."""


def _chunks(pairs: Sequence[tuple[str, str]]) -> Iterator[Chunk]:
    """Put pairs of one text together, short units first: units of about one length share forward passes."""
    by_text: dict[str, list[int]] = {}
    for index, (_, text) in enumerate(pairs):
        by_text.setdefault(text, []).append(index)
    chunk: Chunk = {}
    size, limit = 0, _FIRST_CHUNK_PAIRS
    for text, members in by_text.items():
        sentences = tuple(read_sentences(text))
        is_long = len(sentences) > _LONG_TEXT_SENTENCES or len(text) > _LONG_TEXT_CHARACTERS
        narrowed = _Narrowing(sentences) if is_long else None
        size += 0 if narrowed else len(sentences)
        for index in sorted(members, key=lambda member: len(pairs[member][0])):
            chunk[index] = narrowed.nearest(pairs[index][0]) if narrowed else sentences
            size += len(chunk[index]) if narrowed else 1
            if size > _CHUNK_SENTENCES or len(chunk) >= limit:
                yield chunk
                chunk, size, limit = {}, 0, min(2 * limit, _CHUNK_PAIRS)
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
        """Return some sentences, in the order of the text; the first ones where none shares a word."""
        shared: dict[int, float] = {}
        for key, weight in content_stems(unit).items():
            for place in self._places.get(key, ()):
                shared[place] = shared.get(place, 0.0) + weight
        best = sorted(shared, key=lambda place: (-shared[place], place)) or range(len(self._sentences))
        ends = accumulate(len(self._sentences[place]) for place in best[:_NARROWED_SENTENCES])
        fitting = sum(1 for end in ends if end <= _NARROWED_CHARACTERS)
        return tuple(self._sentences[place] for place in sorted(best[:fitting]))
