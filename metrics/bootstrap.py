"""How sure a ratio is, when what it counts comes in clusters such as runs."""

from collections.abc import Sequence
from math import hypot, sqrt
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from tierscope.metrics.student_t import two_sided_quantile

__all__ = ["Interval", "difference_interval", "ratio_interval"]

RESAMPLES: Final = 2_000
SEED: Final = 20_250_101
LEVEL: Final = 0.95


class Interval(NamedTuple):
    """Ends of an interval; both None where there are fewer than two clusters to learn from."""

    low: float | None
    high: float | None


def ratio_interval(
    numerators: Sequence[float],
    denominators: Sequence[float],
    *,
    is_share: bool = True,
    level: float = LEVEL,
    seed: int = SEED,
) -> Interval:
    """Bootstrap interval of sum(numerators) / sum(denominators), resampling whole clusters.

    Signals of one run are alike, so runs are resampled, not signals (Efron and Tibshirani, An Introduction to the
    Bootstrap, 1993, ch. 13), with a fixed seed. Percentiles of the resamples alone are far too narrow for few clusters:
    of two runs they are the two values, which hold the truth half of the time. So the interval also spans Student's t,
    with one degree of freedom less than there are clusters, times the spread of the resamples on either side (Cameron,
    Gelbach and Miller, Bootstrap-based improvements for inference with clustered errors, 2008). Few
    clusters may agree by chance: the spread of a share is never taken for less than that of as many single draws. Where
    all agree on 0 or on 1, the end is that of Clopper and Pearson (1934) with the number of clusters for n.

    Args:
        numerators: per cluster.
        denominators: per cluster, in the same order; clusters of 0 are left out.
        is_share: whether the ratio cannot be above 1, as a mean may.
        level: share of resamples between the ends.
        seed: of the resampling.

    Returns:
        The interval, within 0 and 1 for a share and above 0 for what is never negative; both ends None with fewer than
        two clusters.
    """
    top, bottom = _clusters(numerators, denominators)
    if len(bottom) < 2:
        return Interval(None, None)
    if is_share and ((top == 0).all() or (top == bottom).all()):
        edge = float(((1 - level) / 2) ** (1 / len(bottom)))
        return Interval(0.0, 1 - edge) if (top == 0).all() else Interval(edge, 1.0)
    ratios = _resampled_ratios(top, bottom, seed)
    low, high = (float(end) for end in np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2]))
    estimate = float(top.sum() / bottom.sum())
    spread = float(ratios.std())
    if is_share:
        spread = max(spread, sqrt(estimate * (1 - estimate) / float(bottom.sum())))
    reach = two_sided_quantile(level, len(bottom) - 1) * spread
    low, high = min(low, estimate - reach), max(high, estimate + reach)
    return Interval(max(low, 0.0) if (top >= 0).all() else low, min(high, 1.0) if is_share else high)


def difference_interval(
    first: tuple[Sequence[float], Sequence[float]],
    second: tuple[Sequence[float], Sequence[float]],
    *,
    is_share: bool = True,
    level: float = LEVEL,
    seed: int = SEED,
) -> Interval:
    """Interval of the second ratio minus the first, each over clusters of its own.

    From the intervals of both at the same level: their arms are added as squares (Zou and Donner, Construction of
    confidence limits about effect measures, 2008), which holds for few clusters and at the ends of a share too.

    Args:
        first: numerators and denominators per cluster.
        second: the same of the other group.
        is_share: whether the ratios cannot be above 1.
        level: of the interval.
        seed: of the resampling.

    Returns:
        The interval; both ends None where either has fewer than two clusters.
    """
    before, after = (
        ratio_interval(*group, is_share=is_share, level=level, seed=seed + number)
        for number, group in enumerate((first, second))
    )
    if before.low is None or before.high is None or after.low is None or after.high is None:
        return Interval(None, None)
    was, now = (float(top.sum() / bottom.sum()) for top, bottom in (_clusters(*first), _clusters(*second)))
    return Interval(
        now - was - hypot(now - after.low, before.high - was), now - was + hypot(after.high - now, was - before.low)
    )


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
