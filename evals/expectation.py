"""What a figure is expected to be, as a suite writes it: ``<= 5000``, ``between 0.7 and 0.9``, ``== ok``."""

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

__all__ = ["EXPECTATION_PATTERN", "Comparison", "Expectation", "Figure", "parse_expectation"]

Comparison: TypeAlias = Literal["<=", "<", ">=", ">", "==", "!=", "between"]
Figure: TypeAlias = float | bool | str
"""What a metric's column holds: whole numbers count as numbers."""

EXPECTATION_PATTERN: Final = r"^\s*((<=|>=|==|!=|<|>)\s*\S.*|between\s+\S+\s+and\s+\S+)\s*$"
"""The form of an expectation, for the exported schema."""

_BETWEEN: Final = re.compile(r"between\s+(\S+)\s+and\s+(\S+)")
_COMPARED: Final = re.compile(r"(<=|>=|==|!=|<|>)\s*(\S.*)")
_NUMBER: Final = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%?)")
_OPERATORS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<=": operator.le,
    "<": operator.lt,
    ">=": operator.ge,
    ">": operator.gt,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """A comparison and what to compare with."""

    comparison: Comparison
    value: Figure
    """Right-hand side; the lower end of ``between``."""
    upper: float | None = None
    """Upper end of ``between``, inclusive."""

    def holds(self, figure: Figure) -> bool:
        """Whether a figure is as expected."""
        if self.comparison == "between":
            return bool(self.value <= figure <= self.upper)  # type: ignore[operator]  # numbers, by the parser
        return _OPERATORS[self.comparison](figure, self.value)

    @property
    def worst(self) -> Literal["max", "min"] | None:
        """Which of several figures is the first to break it; None where their order says nothing."""
        if self.comparison in {"<=", "<"}:
            return "max"
        return "min" if self.comparison in {">=", ">"} else None

    @property
    def is_numeric(self) -> bool:
        """Whether it asks for a number."""
        return isinstance(self.value, int | float) and not isinstance(self.value, bool)


def parse_expectation(text: str) -> Expectation:
    """Read an expectation.

    Args:
        text: a comparison and a number (``80 %`` is 0.8), true, false or, for ``==`` and ``!=``, a text; or
            ``between A and B``, both ends included.

    Raises:
        ValueError: the text is none of these; the message says what to write.
    """
    if between := _BETWEEN.fullmatch(text.strip()):
        low, high = _parse_figure(between[1]), _parse_figure(between[2])
        if not (isinstance(low, float) and isinstance(high, float)) or low > high:
            raise ValueError(f"'{text}' needs two numbers, the smaller first, such as 'between 0.7 and 0.9'")
        return Expectation("between", low, high)
    compared = _COMPARED.fullmatch(text.strip())
    if compared is None:
        raise ValueError(f"'{text}' is no comparison; write one such as '<= 5000', '>= 0.8' or 'between 0.7 and 0.9'")
    expectation = Expectation(compared[1], _parse_figure(compared[2].strip()))  # type: ignore[arg-type]  # by the pattern
    if not expectation.is_numeric and expectation.comparison not in {"==", "!="}:
        raise ValueError(
            f"'{text}' compares with no number; after {compared[1]} write one, such as '{compared[1]} 0.8'"
        )
    return expectation


def _parse_figure(text: str) -> Figure:
    if number := _NUMBER.fullmatch(text):
        figure = float(number[1]) / (100 if number[2] else 1)
        if not math.isfinite(figure):
            raise ValueError(f"'{text}' is beyond any figure")
        return figure
    return {"true": True, "false": False}.get(text.lower(), text)
