"""A process beside the receiver that brings the store up to date, so that decoding does not hold up acknowledging."""

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.keeper import Watch, keeping
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.compaction import Tidier

__all__ = ["following"]

_EVERY_S: Final = 0.2
_log = logging.getLogger(__name__)


def following(path: Path) -> AbstractContextManager[None]:
    """Bring a store up to date in a process of its own, until the block ends or this process dies in any way."""
    return keeping(_follow, path, "bringing the store up to date")


def _follow(path: Path, watch: Watch) -> None:
    store = Store(path)
    tidier = Tidier(store, lambda: not watch.wait(0))
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
