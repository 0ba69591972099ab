"""Scores on disk, beside the vectors: a pair that was judged once, by the same code, is not judged again.

What lies there can be read only by one who has both texts: the address of a score is a hash of them, and its content is
sealed with another hash of them. So it says nothing of a run that was pruned from the store.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from tierscope.metrics.retention.scores import RetentionScore
from tierscope.metrics.retention.vector_cache import VectorCache

__all__ = ["Pair", "ScoreCache"]

Pair: TypeAlias = tuple[str, str]
_KEY_BYTES = 16


class ScoreCache:
    """Scores of one scorer, by content: safe for threads and processes, since every call opens the file anew.

    Args:
        scorer: its name and version, and whatever else decides what it says.
        payloads: where they are kept; default: the file of the vectors.
    """

    def __init__(self, scorer: str, payloads: VectorCache | None = None) -> None:
        self._scorer = f"{scorer}/{_fingerprint()}"
        self._payloads = payloads or VectorCache()

    def load(self, pairs: Sequence[Pair]) -> dict[Pair, RetentionScore]:
        """Return the scores that are there, by (unit, text)."""
        addresses = dict(zip(pairs, self._addresses(pairs), strict=True))
        sealed = self._payloads.load(address for address, _ in addresses.values())
        there = {pair: (sealed[address], seal) for pair, (address, seal) in addresses.items() if address in sealed}
        return dict(zip(there, _opened(there.values()), strict=True))

    def save(self, scores: Mapping[Pair, RetentionScore]) -> None:
        """Keep scores; a pair that could not be judged is left out, since another time it may."""
        judged = {pair: score for pair, score in scores.items() if score.verdict is not None}
        addresses = self._addresses(list(judged))
        self._payloads.save(
            {address: _sealed(score, seal) for (address, seal), score in zip(addresses, judged.values(), strict=True)}
        )

    def _addresses(self, pairs: Sequence[Pair]) -> Iterator[tuple[bytes, bytes]]:
        """Yield address and seal of each pair; every distinct text is hashed once."""
        digests = {text: _digest(text) for pair in pairs for text in pair}
        scorer = hashlib.blake2b(self._scorer.encode(), digest_size=_KEY_BYTES)
        for unit, text in pairs:
            address, seal = zip(digests[unit], digests[text], strict=True)
            found = scorer.copy()
            found.update(b"".join(address))
            yield found.digest(), b"".join(seal)


def _digest(text: str) -> tuple[bytes, bytes]:
    """Two halves of one hash, of which neither tells the other: the first for addresses, the second for seals."""
    whole = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=2 * _KEY_BYTES).digest()
    return whole[:_KEY_BYTES], whole[_KEY_BYTES:]


def _sealed(score: RetentionScore, seal: bytes) -> bytes:
    row = [score.score, score.verdict, score.evidence, score.reasons, score.scorer, score.scorer_version]
    return _masked(json.dumps([*row, score.model_hash]).encode(), seal)


def _opened(sealed: Iterable[tuple[bytes, bytes]]) -> list[RetentionScore]:
    rows = json.loads(b"[" + b",".join(_masked(payload, seal) for payload, seal in sealed) + b"]")
    return [
        RetentionScore(score, verdict, evidence, tuple(reasons), *origin)
        for score, verdict, evidence, reasons, *origin in rows
    ]


def _masked(content: bytes, seal: bytes) -> bytes:
    """Add a key stream made of the seal; done twice it gives the content back."""
    stream = hashlib.shake_128(seal).digest(len(content))
    return (int.from_bytes(content) ^ int.from_bytes(stream)).to_bytes(len(content))


@lru_cache(maxsize=1)
def _fingerprint() -> str:
    """Hash of this package's code and tables: a score by any other of them must not be read."""
    found = hashlib.blake2b(digest_size=_KEY_BYTES)
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *(folder / "data").iterdir()]):
        if path.is_file():
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()
