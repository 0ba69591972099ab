"""The interval of a difference of two means, by resampling whole runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["MIN_RUNS", "DifferenceInterval", "bootstrap_difference"]

MIN_RUNS: Final = 5
"""With fewer runs on either side an interval from resampling means nothing."""

_RESAMPLES: Final = 10_000


@dataclass(frozen=True, slots=True)
class DifferenceInterval:
    """New mean minus old mean, with what resampling says about it."""

    difference: float
    low: float
    high: float
    confidence: float
    """Of this interval alone, 0 to 1."""


def bootstrap_difference(
    old: Sequence[float], new: Sequence[float], *, confidence: float, seed: int = 0
) -> DifferenceInterval:
    """Percentile interval of ``mean(new) - mean(old)``.

    A run is the unit that is drawn, since what was measured within one run hangs together. Each side is drawn with one
    run fewer than it has: the variance of the mean of n - 1 draws is the unbiased s²/n, where n draws would give the
    narrower s²(n - 1)/n² (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 6 and 13).

    Args:
        old: one figure for each run, at least two.
        new: likewise.
        confidence: share of such intervals that hold the true difference, 0 to 1.
        seed: of the random draws; the same seed gives the same interval.
    """
    random = np.random.default_rng(seed)
    differences = _resampled_means(new, random) - _resampled_means(old, random)
    tail = (1 - confidence) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    difference = float(np.mean(new) - np.mean(old))
    return DifferenceInterval(difference, float(low), float(high), confidence)


def _resampled_means(values: Sequence[float], random: np.random.Generator) -> npt.NDArray[np.float64]:
    drawn = random.choice(np.asarray(values, dtype=np.float64), size=(_RESAMPLES, len(values) - 1))
    means: npt.NDArray[np.float64] = drawn.mean(axis=1)
    return means
