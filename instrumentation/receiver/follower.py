"""A process beside the receiver that brings the store up to date, so that decoding does not hold up acknowledging."""

import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.keeper import Watch, keeping
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.compaction import compact_if_idle

__all__ = ["following"]

_EVERY_S: Final = 0.2
_TIDY_AFTER_S: Final = 60.0
"""A store of which nothing came for so long may be compacted."""
_log = logging.getLogger(__name__)


def following(path: Path) -> AbstractContextManager[None]:
    """Bring a store up to date in a process of its own, until the block ends or this process dies in any way."""
    return keeping(_follow, path, "bringing the store up to date")


def _follow(path: Path, watch: Watch) -> None:
    store = Store(path)
    tidier = _Tidier(store, lambda: not watch.wait(0))
    is_failing = is_busy = False
    while not watch.wait(0 if is_busy else _EVERY_S):
        try:
            is_busy = store.refresh_if_due()
            tidier.step(is_busy=is_busy)
            is_failing = False
        except StoreError as error:
            if not is_failing:
                _log.warning("the store cannot be brought up to date for now: %s", error)
            is_failing, is_busy = True, False
        except Exception:
            # Whatever it was, what is acknowledged stays in the spool, and the next round may do better.
            if not is_failing:
                _log.exception("the store could not be brought up to date")
            is_failing, is_busy = True, False


class _Tidier:
    """Compacts a store that has been quiet for a while, where it is worth it; once after each time something came."""

    def __init__(self, store: Store, goes_on: Callable[[], bool]) -> None:
        self._store = store
        self._goes_on = goes_on
        self._quiet_since_s = time.monotonic()
        self._is_tidy = False

    def step(self, *, is_busy: bool) -> None:
        if is_busy:
            self._quiet_since_s = time.monotonic()
            self._is_tidy = False
        elif not self._is_tidy and time.monotonic() - self._quiet_since_s >= _TIDY_AFTER_S:
            self._is_tidy = True
            compact_if_idle(self._store, self._goes_on)
