"""The numbers of a text, ordered by size, so that one of them is found without looking at all."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from tierscope.metrics.retention.quantities import Quantity, find_quantities, is_same_quantity

__all__ = ["StatedQuantities", "StatedQuantity"]

_POINTS_IN_TIME = ("date", "quarter")
"""Kinds whose values are no sizes: they are compared part by part."""
_SMALLEST_SHARE, _LARGEST_SHARE = 0.79, 1.27
"""What `is_same_quantity` takes as the same is at most a fifth off; a little more is looked at, for rounding."""


class StatedQuantity(NamedTuple):
    """One number of a text."""

    sentence: str
    """Where it stands."""
    place: int
    """Index of the sentence."""
    quantity: Quantity
    """What it says."""


class StatedQuantities:
    """All numbers of a text.

    Args:
        sentences: of the text.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        stated = [
            StatedQuantity(sentence, place, one)
            for place, sentence in enumerate(sentences)
            for one in find_quantities(sentence)
        ]
        self._dates = [one for one in stated if one.quantity.kind in _POINTS_IN_TIME]
        sized = [(abs(float(one.quantity.value)), one) for one in stated if one.quantity.kind not in _POINTS_IN_TIME]
        sized.sort(key=lambda item: item[0])
        self._sizes = [size for size, _ in sized]
        self._sized = [one for _, one in sized]

    def find(self, quantity: Quantity) -> list[StatedQuantity]:
        """Return the numbers of the text that state the same fact, in no particular order."""
        return [one for one in self._near(quantity) if is_same_quantity(quantity, one.quantity)]

    def _near(self, quantity: Quantity) -> list[StatedQuantity]:
        if quantity.kind in _POINTS_IN_TIME:
            return self._dates + [one for one in self._sized if one.quantity.kind == "year"]
        size = abs(float(quantity.value))
        begin = bisect_left(self._sizes, size * _SMALLEST_SHARE)
        end = bisect_right(self._sizes, size * _LARGEST_SHARE)
        return self._sized[begin:end] + (self._dates if quantity.kind == "year" else [])
