"""An axis of times whose ticks read as everywhere else: 500 ms, 2 s, 3 min."""

import math
from typing import Any, Final

from tierscope.metrics.format import format_value

__all__ = ["duration_axis", "duration_ticks"]

_STEPS_MS: Final = (
    *(step * 10.0**power for power in range(-3, 3) for step in (1, 2, 5)),
    *(step * 1_000.0 for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600)),
)
_DAY_MS: Final = 86_400_000.0
_WANTED_TICKS: Final = 6


def duration_ticks(longest_ms: float) -> list[float]:
    """Round times from 0 up to the longest, about six of them.

    Args:
        longest_ms: end of the axis, in ms; only 0 is ticked where it is not above 0.
    """
    if longest_ms <= 0:
        return [0.0]
    whole_days = math.ceil(longest_ms / _DAY_MS / _WANTED_TICKS) * _DAY_MS
    step = next((one for one in _STEPS_MS if longest_ms / one <= _WANTED_TICKS), whole_days)
    return [step * index for index in range(int(longest_ms / step) + 1)]


def duration_axis(longest_ms: float, title: str) -> dict[str, Any]:
    """Options of a plotly axis of times in ms, from 0.

    Args:
        longest_ms: largest value drawn.
        title: what the axis shows; the unit stands at each tick.
    """
    ticks = duration_ticks(longest_ms)
    return {
        "title": title,
        "range": [0, longest_ms * 1.04 or 1],
        "tickvals": ticks,
        "ticktext": ["0" if tick == 0 else format_value(tick, "ms") for tick in ticks],
    }
