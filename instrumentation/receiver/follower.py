"""A process beside the receiver that brings the store up to date, so that decoding does not hold up acknowledging."""

import logging
import multiprocessing
import signal
from collections.abc import Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tierscope.errors import StoreError
from tierscope.instrumentation.store import Store

__all__ = ["following"]

_EVERY_S: Final = 0.2
_STOP_WITHIN_S: Final = 5.0
_log = logging.getLogger(__name__)


@contextmanager
def following(path: Path) -> Generator[None]:
    """Bring a store up to date in a process of its own, until the block ends or this process dies in any way."""
    context = multiprocessing.get_context("spawn")
    watched, held = context.Pipe(duplex=False)
    follower = context.Process(target=_follow, args=(path, watched), name="tierscope-follower", daemon=True)
    follower.start()
    watched.close()
    try:
        yield
    finally:
        held.close()
        follower.join(_STOP_WITHIN_S)
        if follower.is_alive():  # in the middle of a large run; whoever reads the store next goes on from there
            follower.terminate()
            follower.join()


def _follow(path: Path, watched: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; this one ends with the receiver.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    store = Store(path)
    problem: str | None = None
    while not watched.poll(_EVERY_S):  # readable once the other end is closed
        try:
            store.refresh_if_due()
            problem = None
        except StoreError as error:
            if problem is None:
                _log.warning("the store cannot be brought up to date for now: %s", error)
            problem = str(error)
        except Exception:
            # Whatever it was, what is acknowledged stays in the spool, and the next round may do better.
            if problem is None:
                _log.exception("the store could not be brought up to date")
            problem = "unexpected"
