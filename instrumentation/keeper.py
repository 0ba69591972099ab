"""A process beside a server, for work that must not hold the server up."""

import logging
import multiprocessing
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

__all__ = ["Watch", "keeping"]

_EVERY_S: Final = 0.2
_STOP_WITHIN_S: Final = 5.0
_log = logging.getLogger(__name__)


class Watch:
    """What the process asks whether it is to end.

    Args:
        held: readable once the server has closed the other end, in whatever way it ended.
    """

    def __init__(self, held: Connection) -> None:
        self._held = held

    def wait(self, wait_s: float) -> bool:
        """Wait, and say whether the server is gone or wants this process to end; then at once."""
        return self._held.poll(wait_s)


Work: TypeAlias = Callable[[Path, Watch], None]
"""Works on the store at a path until it is told to end; a function of a module, as it is called in another process."""


@contextmanager
def keeping(work: Work, path: Path, name: str) -> Generator[None]:
    """Have work done in a process of its own, until the block ends or this process dies in any way.

    Args:
        work: what to do; it is started again where its process was killed, such as for its memory.
        path: of the store.
        name: what is done, as the subject of a sentence.
    """
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(work, path, name, stopping), name="tierscope-keeper")
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep(work: Work, path: Path, name: str, stopping: threading.Event) -> None:
    context = multiprocessing.get_context("spawn")
    while not stopping.is_set():
        watched, held = context.Pipe(duplex=False)
        process = context.Process(target=_start, args=(work, path, watched), daemon=True)
        process.start()
        watched.close()
        while process.is_alive() and not stopping.wait(_EVERY_S):
            pass
        held.close()
        process.join(_STOP_WITHIN_S)
        if process.is_alive():  # in the middle of something large; it goes on from there the next time
            process.terminate()
            process.join()
        if not stopping.wait(_EVERY_S):
            _log.warning("%s ended with %s; it is started again", name, process.exitcode)


def _start(work: Work, path: Path, watched: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; this one ends with the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    work(path, Watch(watched))
