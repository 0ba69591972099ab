"""A figure of benchmarks/retention.py with its interval."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Row = dict[str, Any]
"""What is printed as a line: figure, value, n and, where there is an interval, low and high."""
Figure = Callable[[npt.NDArray[np.int64]], float]
"""The value over some rows, which are named by their places."""

RESAMPLES = 300
SEED = 20240501


def make_figure(name: str, documents: Sequence[str], figure: Figure, resamples: int = RESAMPLES) -> Row:
    """A figure over all rows, with a 95% percentile interval over resampled documents."""
    generator = np.random.default_rng(SEED)
    members: dict[str, list[int]] = {}
    for index, document in enumerate(documents):
        members.setdefault(document, []).append(index)
    groups: list[npt.NDArray[np.int64]] = [np.array(rows) for rows in members.values()]
    draws: list[float] = []
    for _ in range(resamples):
        drawn = [int(place) for place in generator.integers(len(groups), size=len(groups))]
        draws.append(figure(np.concatenate([groups[place] for place in drawn])))
    low, high = np.percentile(draws, [2.5, 97.5])
    value = figure(np.arange(len(documents)))
    return {"figure": name, "value": value, "low": float(low), "high": float(high), "n": len(documents)}
