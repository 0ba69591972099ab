"""Embedded texts: token vectors by way of memory, disk and, for what is new, the model."""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tierscope.metrics.retention.model import MODEL_HASH, PieceVectors, encode_texts
from tierscope.metrics.retention.scores import Progress
from tierscope.metrics.retention.vector_cache import VectorCache, text_key
from tierscope.metrics.retention.words import idf

__all__ = ["EmbeddedText", "Embedder"]

_WIDTH = 384
_TEXTS_PER_STEP = 256
_FORMAT = "int8.1"
"""Part of the address: another way of storing vectors must not read these."""


@dataclass(frozen=True, slots=True)
class EmbeddedText:
    """One sentence, as the scorers see it."""

    vectors: npt.NDArray[np.float32]
    """Unit vectors of its word pieces, shape (pieces, 384)."""
    mean: npt.NDArray[np.float32]
    """Its sentence embedding, unit length, shape (384,)."""
    words: tuple[str, ...]
    """The lower-case word that each piece belongs to."""
    spans: tuple[tuple[int, int], ...]
    """First and past-the-last character of that word in the text."""
    weights: npt.NDArray[np.float32]
    """idf of each piece's word, 0 for punctuation; shape (pieces,)."""


class Embedder:
    """Turns sentences into `EmbeddedText`, each distinct one once.

    Vectors are held as int8 with one scale a row, in memory, on disk and in use alike, so that a sentence
    scores the same whether it was just encoded or read back (dot products are exact to about .001).

    Args:
        cache: where vectors outlive the process; None keeps them in memory only.
        memory_texts: how many embedded texts to hold in memory; the least recently used go first.
    """

    def __init__(self, cache: VectorCache | None = None, memory_texts: int = 6_000) -> None:
        self._cache = cache
        self._memory_texts = memory_texts
        self._memory: OrderedDict[str, EmbeddedText] = OrderedDict()

    def embed(self, texts: Iterable[str], progress: Progress | None = None) -> dict[str, EmbeddedText]:
        """Embed the distinct ones of some sentences.

        Args:
            texts: sentences; what lies beyond 510 word pieces of one is not seen.
            progress: told how many of the sentences that were not in memory are done.

        Raises:
            MissingExtraError: something must be encoded and the ``retention`` extra is not installed.
            InputError: the model's weights are not the expected ones.
        """
        distinct = dict.fromkeys(texts)
        found = {text: self._memory[text] for text in distinct if text in self._memory}
        missing = sorted((text for text in distinct if text not in found), key=len)
        for begin in range(0, len(missing), _TEXTS_PER_STEP):
            part = missing[begin : begin + _TEXTS_PER_STEP]
            found.update(self._load_or_encode(part))
            if progress is not None:
                progress(min(begin + _TEXTS_PER_STEP, len(missing)), len(missing))
        self._remember(found)
        return found

    def _load_or_encode(self, texts: list[str]) -> dict[str, EmbeddedText]:
        keys = {text: text_key(text, f"{MODEL_HASH}/{_FORMAT}") for text in texts}
        packed = self._cache.load(keys.values()) if self._cache else {}
        new = [text for text in texts if keys[text] not in packed]
        if new:
            fresh = {keys[text]: _pack(vectors) for text, vectors in zip(new, encode_texts(new), strict=True)}
            if self._cache:
                self._cache.save(fresh)
            packed |= fresh
        return {text: _unpack(text, packed[key]) for text, key in keys.items()}

    def _remember(self, found: dict[str, EmbeddedText]) -> None:
        for text, embedded in found.items():
            self._memory[text] = embedded
            self._memory.move_to_end(text)
        while len(self._memory) > self._memory_texts:
            self._memory.popitem(last=False)


def _pack(text: PieceVectors) -> bytes:
    """Lay out rows (the mean first) as int8 of shape (pieces + 1, 384), then scales, then word spans."""
    rows = np.vstack([text.mean[None, :], text.vectors])
    scales = np.abs(rows).max(axis=1, keepdims=True) / 127
    codes = np.rint(rows / scales).astype(np.int8)
    return b"".join([codes.tobytes(), scales.astype("<f4").tobytes(), text.spans.astype("<i4").tobytes()])


def _unpack(text: str, payload: bytes) -> EmbeddedText:
    rows = (len(payload) + 8) // (_WIDTH + 4 + 8)  # the mean has a scale but no span of 8 bytes
    codes = np.frombuffer(payload, dtype=np.int8, count=rows * _WIDTH).reshape(rows, _WIDTH)
    scales = np.frombuffer(payload, dtype="<f4", count=rows, offset=rows * _WIDTH)
    spans = np.frombuffer(payload, dtype="<i4", offset=rows * (_WIDTH + 4)).reshape(-1, 2)
    vectors = codes.astype(np.float32) * scales[:, None]
    places = tuple((start, end) for start, end in spans.tolist())
    words = tuple(text[start:end].lower() for start, end in places)
    weights = np.array([idf(word) for word in words], dtype=np.float32)
    return EmbeddedText(vectors[1:], vectors[0], words, places, weights)
