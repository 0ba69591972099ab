"""Student's t distribution, for spreads that were estimated from few values.

SciPy has it too, and takes longer to import than most metrics take to compute.
"""

from functools import lru_cache
from math import cos, pi, sin, sqrt, tan
from statistics import NormalDist
from typing import Final

__all__ = ["two_sided_quantile"]

_EXACT_DEGREES: Final = 200
"""Above so many degrees of freedom an expansion around the normal quantile is right to six digits."""
_HALVINGS: Final = 60


@lru_cache(maxsize=256)
def two_sided_quantile(level: float, degrees: int) -> float:
    """The t with ``level`` of the distribution between -t and t.

    Exact sums for the share between -t and t (Abramowitz and Stegun, 26.7.3 and 26.7.4), inverted by bisection; for
    many degrees of freedom their expansion 26.7.5.

    Args:
        level: above 0 and below 1.
        degrees: of freedom, at least 1.
    """
    if degrees > _EXACT_DEGREES:
        z = NormalDist().inv_cdf((1 + level) / 2)
        return z + (z**3 + z) / (4 * degrees) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * degrees**2)
    low, high = 0.0, pi / 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _share_within(middle, degrees) < level else (low, middle)
    return sqrt(degrees) * tan(low)


def _share_within(angle: float, degrees: int) -> float:
    """Share of the distribution between -t and t, where t is the square root of ``degrees`` times tan(angle)."""
    is_odd = degrees % 2 == 1
    term = cos(angle) if is_odd else 1.0
    total = term if degrees > 1 else 0.0
    for step in range(3 if is_odd else 2, degrees - 1, 2):
        term *= cos(angle) ** 2 * (step - 1) / step
        total += term
    return 2 / pi * (angle + sin(angle) * total) if is_odd else sin(angle) * total
