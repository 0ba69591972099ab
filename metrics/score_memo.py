"""Scores that were already computed, by this process or an earlier one: several metrics ask for the same ones."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import closing
from threading import Lock
from typing import Final, TypeAlias

from tierscope.metrics.retention import RetentionScore, Scorer, open_scorer
from tierscope.metrics.retention.score_cache import Pair, ScoreCache
from tierscope.metrics.retention.scoring import stream_retention

__all__ = ["score_pairs"]

Key: TypeAlias = tuple[str, str, str, str, str]
Progress: TypeAlias = Callable[[int, int], None]
REMEMBERED: Final = 100_000
STEP: Final = 2_000
"""Pairs that are scored before they are kept on disk: what was done is not lost when the process dies."""

_scores: OrderedDict[Key, RetentionScore] = OrderedDict()
_lock: Final = Lock()


def score_pairs(
    units: Sequence[str], texts: Sequence[str], scorer: str | Scorer | None, progress: Progress | None = None
) -> tuple[str, list[RetentionScore]]:
    """Judge unit i in text i as ``score_retention`` does, each distinct pair once for this user and this code.

    Scores by a named scorer are kept on disk (``ScoreCache``); those by a scorer object only in this process.

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
    keys: list[Key] = [(asked, judge.name, judge.version, unit, text) for unit, text in zip(units, texts, strict=True)]
    with _lock:
        found = {key: _scores[key] for key in keys if key in _scores}
    missing = [key for key in dict.fromkeys(keys) if key not in found]
    if missing:
        is_named = scorer is None or isinstance(scorer, str)
        cache = ScoreCache(f"{asked}/{judge.name}/{judge.version}") if is_named else None
        found.update(_score(missing, judge, cache, progress))
    if progress is not None:
        progress(len(keys), len(keys))
    _remember(found)
    return judge.name, [found[key] for key in keys]


def _score(
    keys: list[Key], judge: Scorer, cache: ScoreCache | None, progress: Progress | None
) -> dict[Key, RetentionScore]:
    pairs = {(unit, text): key for key in keys for unit, text in [key[3:]]}
    found = cache.load(list(pairs)) if cache else {}
    new = [pair for pair in pairs if pair not in found]
    if new:
        found.update(_score_new(new, judge, cache, progress))
    return {pairs[pair]: score for pair, score in found.items()}


def _score_new(
    pairs: list[Pair], judge: Scorer, cache: ScoreCache | None, progress: Progress | None
) -> dict[Pair, RetentionScore]:
    """Score pairs and keep them on disk a step at a time, the last ones also where the work is broken off."""
    found: dict[Pair, RetentionScore] = {}
    unsaved: dict[Pair, RetentionScore] = {}
    units, texts = zip(*pairs, strict=True)
    if progress is not None:
        progress(0, len(pairs))
    try:
        with closing(stream_retention(units, texts, judge, progress=progress)) as stream:
            for index, score in stream:
                unsaved[pairs[index]] = score
                if len(unsaved) == STEP:
                    found |= _keep(unsaved, cache)
                    unsaved = {}
    finally:
        found |= _keep(unsaved, cache)
    return found


def _keep(scores: dict[Pair, RetentionScore], cache: ScoreCache | None) -> dict[Pair, RetentionScore]:
    if cache is not None:
        cache.save(scores)
    return scores


def _remember(found: dict[Key, RetentionScore]) -> None:
    with _lock:
        _scores.update(found)
        for key in found:
            _scores.move_to_end(key)
        while len(_scores) > REMEMBERED:
            _scores.popitem(last=False)
