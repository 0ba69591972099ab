"""A process beside the receiver that brings the store up to date, so that decoding does not hold up acknowledging."""

import logging
import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.compaction import compact_if_idle

__all__ = ["following"]

_EVERY_S: Final = 0.2
_STOP_WITHIN_S: Final = 5.0
_TIDY_AFTER_S: Final = 60.0
"""A store of which nothing came for so long may be compacted."""
_log = logging.getLogger(__name__)


@contextmanager
def following(path: Path) -> Generator[None]:
    """Bring a store up to date in a process of its own, until the block ends or this process dies in any way."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep_following, args=(path, stopping), name="tierscope-keeper")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep_following(path: Path, stopping: threading.Event) -> None:
    """Put another process in the place of one that was killed, such as for its memory."""
    context = multiprocessing.get_context("spawn")
    while not stopping.is_set():
        watched, held = context.Pipe(duplex=False)
        follower = context.Process(target=_follow, args=(path, watched), name="tierscope-follower", daemon=True)
        follower.start()
        watched.close()
        while follower.is_alive() and not stopping.wait(_EVERY_S):
            pass
        held.close()
        follower.join(_STOP_WITHIN_S)
        if follower.is_alive():  # in the middle of a large run; whoever reads the store next goes on from there
            follower.terminate()
            follower.join()
        if not stopping.wait(_EVERY_S):
            _log.warning("bringing the store up to date ended with %s; it is started again", follower.exitcode)


def _follow(path: Path, watched: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; this one ends with the receiver.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = Store(path)
    tidier = _Tidier(store, lambda: not watched.poll())
    is_failing = is_busy = False
    while not watched.poll(0 if is_busy else _EVERY_S):  # readable once the other end is closed
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
