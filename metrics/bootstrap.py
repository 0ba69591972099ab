"""How sure a ratio is, when what it counts comes in clusters such as runs."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "difference_interval", "ratio_interval"]

RESAMPLES: Final = 2_000
SEED: Final = 20_250_101
LEVEL: Final = 0.95


class Interval(NamedTuple):
    """Ends of an interval; both None where there are fewer than two clusters to learn from."""

    low: float | None
    high: float | None


def ratio_interval(
    numerators: Sequence[float], denominators: Sequence[float], *, level: float = LEVEL, seed: int = SEED
) -> Interval:
    """Bootstrap interval of sum(numerators) / sum(denominators), resampling whole clusters.

    Signals of one run are alike, so runs are resampled, not signals: the percentile bootstrap over clusters
    (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, ch. 13), with a fixed seed. Where all clusters
    agree on 0 or on 1, resampling shows no spread; the end is then that of Clopper and Pearson (1934) with the number
    of clusters for n.

    Args:
        numerators: per cluster.
        denominators: per cluster, in the same order; clusters of 0 are left out.
        level: share of resamples between the ends.
        seed: of the resampling.

    Returns:
        The interval; both ends None with fewer than two clusters.
    """
    top, bottom = _clusters(numerators, denominators)
    if len(bottom) < 2:
        return Interval(None, None)
    ratios = _resampled_ratios(top, bottom, seed)
    low, high = (float(end) for end in np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2]))
    edge = float(((1 - level) / 2) ** (1 / len(bottom)))
    if (top == bottom).all():
        low = edge
    elif (top == 0).all():
        high = 1 - edge
    return Interval(low, high)


def difference_interval(
    first: tuple[Sequence[float], Sequence[float]],
    second: tuple[Sequence[float], Sequence[float]],
    *,
    level: float = LEVEL,
    seed: int = SEED,
) -> Interval:
    """Bootstrap interval of the second ratio minus the first, each over clusters of its own.

    Args:
        first: numerators and denominators per cluster.
        second: the same of the other group.
        level: share of resamples between the ends.
        seed: of the resampling.

    Returns:
        The interval; both ends None where either has fewer than two clusters.
    """
    groups = [_clusters(*first), _clusters(*second)]
    if any(len(bottom) < 2 for _, bottom in groups):
        return Interval(None, None)
    before, after = (_resampled_ratios(*group, seed + number) for number, group in enumerate(groups))
    low, high = (float(end) for end in np.quantile(after - before, [(1 - level) / 2, (1 + level) / 2]))
    return Interval(low, high)


def _clusters(
    numerators: Sequence[float], denominators: Sequence[float]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    top, bottom = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    return top[bottom > 0], bottom[bottom > 0]


def _resampled_ratios(
    top: npt.NDArray[np.float64], bottom: npt.NDArray[np.float64], seed: int
) -> npt.NDArray[np.float64]:
    """One ratio per resample of the clusters: shape (RESAMPLES,).

    One cluster fewer is drawn than there are: with n draws the spread of few clusters comes out too small by
    (n - 1) / n (Rao and Wu, Resampling inference with complex survey data, JASA 83, 1988).
    """
    size = len(bottom)
    draws = np.random.default_rng(seed).integers(0, size, size=(RESAMPLES, size - 1))
    return np.asarray(top[draws].sum(axis=1) / bottom[draws].sum(axis=1), dtype=np.float64)
