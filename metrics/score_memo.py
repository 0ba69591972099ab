"""Scores that this process has already computed: several metrics ask for the same ones."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import blake2b
from threading import Lock
from typing import Final, TypeAlias

from tierscope.metrics.retention import RetentionScore, Scorer, open_scorer, score_retention

__all__ = ["score_pairs"]

Key: TypeAlias = tuple[str, str, str, bytes, bytes]
REMEMBERED: Final = 100_000

_scores: OrderedDict[Key, RetentionScore] = OrderedDict()
_lock: Final = Lock()


def score_pairs(
    units: Sequence[str],
    texts: Sequence[str],
    scorer: str | Scorer | None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[str, list[RetentionScore]]:
    """Judge unit i in text i as ``score_retention`` does, each distinct pair once in this process.

    Args:
        units: atomic statements.
        texts: the texts in which they should stand, as many as units.
        scorer: a scorer or its name; the default one where None.
        progress: told (done, total) while pairs that are not yet known are scored, and at the end of all pairs.

    Returns:
        The name of the scorer that judged, and the scores.

    Raises:
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: the named scorer needs the ``retention`` extra.
    """
    judge = open_scorer(scorer)
    # A fall-back gives other reasons than the scorer of the same name that was asked for.
    asked = "" if scorer is None else judge.name
    digests = {text: _digest(text) for text in {*units, *texts}}
    keys: list[Key] = [
        (asked, judge.name, judge.version, digests[unit], digests[text])
        for unit, text in zip(units, texts, strict=True)
    ]
    with _lock:
        found = {key: _scores[key] for key in keys if key in _scores}
    missing = {key: number for number, key in enumerate(keys) if key not in found}
    scored = score_retention(
        [units[number] for number in missing.values()],
        [texts[number] for number in missing.values()],
        judge,
        progress=progress,
    )
    found.update(zip(missing, scored, strict=True))
    if progress is not None:
        progress(len(keys), len(keys))
    with _lock:
        _scores.update(found)
        for key in found:
            _scores.move_to_end(key)
        while len(_scores) > REMEMBERED:
            _scores.popitem(last=False)
    return judge.name, [found[key] for key in keys]


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
