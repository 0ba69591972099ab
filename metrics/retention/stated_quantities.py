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
        others = [one for one in stated if one.quantity.kind not in _POINTS_IN_TIME]
        sized = [(size, one) for one in others for size in _sizes(one.quantity)]
        sized.sort(key=lambda item: item[0])
        self._sizes = [size for size, _ in sized]
        self._sized = [one for _, one in sized]

    def find(self, quantity: Quantity) -> list[StatedQuantity]:
        """Return the numbers of the text that state the same fact, in no particular order."""
        near = dict.fromkeys(self._near(quantity))
        return [one for one in near if is_same_quantity(quantity, one.quantity)]

    def _near(self, quantity: Quantity) -> list[StatedQuantity]:
        if quantity.kind in _POINTS_IN_TIME:
            return self._dates + [one for one in self._sized if one.quantity.kind == "year"]
        near = self._dates if quantity.kind == "year" else []
        for size in _sizes(quantity):
            begin = bisect_left(self._sizes, size * _SMALLEST_SHARE)
            end = bisect_right(self._sizes, size * _LARGEST_SHARE)
            near = near + self._sized[begin:end]
        return near


def _sizes(quantity: Quantity) -> set[float]:
    """How large a number may be taken to be: in its base unit, as it is written, a percentage also as a share."""
    ways = [quantity.value, quantity.value / quantity.unit, quantity.value / (100 if quantity.kind == "%" else 1)]
    return {abs(float(value)) for value in ways}
