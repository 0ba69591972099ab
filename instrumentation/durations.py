"""Durations as people write them: a number and a unit, such as ``90d``."""

import re
from datetime import timedelta
from typing import Final

__all__ = ["parse_duration"]

_DURATION: Final = re.compile(r"(\d{1,8})([smhdw])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_LONGEST: Final = timedelta(days=365_000)
"""So that no sum with the present leaves the calendar."""


def parse_duration(text: str) -> timedelta | None:
    """The duration of ``30s``, ``5m``, ``12h``, ``90d`` or ``52w``; None where the text is none, or beyond reason."""
    match = _DURATION.fullmatch(text.strip())
    duration = None if match is None else timedelta(**{_UNITS[match[2]]: int(match[1])})
    return None if duration is None or duration > _LONGEST else duration
