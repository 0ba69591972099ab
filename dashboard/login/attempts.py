"""Failed attempts to log in: after some, an address has to wait."""

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Final

__all__ = ["Attempts"]

_ALLOWED: Final = 5
_WITHIN_S: Final = 60.0
_REMEMBERED: Final = 10_000
"""Addresses; the one that was silent longest is forgotten for a new one."""


class Attempts:
    """Counts failures by address.

    Tokens are too long to be guessed; this spares the log and the machine those who try.

    Args:
        clock: a time in seconds that never goes back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, deque[float]] = {}

    def count_wait_s(self, address: str) -> int:
        """How long an address has to wait until its next attempt, in whole seconds; 0 where it may try."""
        failures = self._failures.get(address)
        if failures is None or len(failures) < _ALLOWED:
            return 0
        return max(0, math.ceil(failures[0] + _WITHIN_S - self._clock()))

    def note_failure(self, address: str) -> None:
        """Remember that an attempt from an address failed."""
        failures = self._failures.pop(address, deque[float](maxlen=_ALLOWED))
        failures.append(self._clock())
        if len(self._failures) >= _REMEMBERED:
            del self._failures[next(iter(self._failures))]
        self._failures[address] = failures  # at the end: the order is that of the last failure
