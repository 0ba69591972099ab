"""Processes that derive side by side, since Python threads would take turns.

They are started as programs and not forked or spawned: a fork beside DuckDB's threads is not safe, a spawn runs the
caller's main module again, and a daemonic process may have neither. A worker that cannot be started, or dies, costs
nothing but time: its work is done here.
"""

import logging
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Final, TypeAlias

import pyarrow as pa

from tierscope.instrumentation.derivation import Derivation, Rules

__all__ = ["Worker", "start_workers"]

MOST_WORKERS: Final = 4
"""More would wait for the one process that reads and writes the database."""

_PROGRAM: Final = "import sys; from tierscope.instrumentation.workers import serve; serve(int(sys.argv[1]))"
_Work: TypeAlias = tuple[pa.Table, Sequence[Sequence[str]]]
_log = logging.getLogger(__name__)


@contextmanager
def start_workers(rules: Rules) -> Generator[list["Worker"]]:
    """Start one worker for each processor; they are gone at the end of the block.

    Args:
        rules: by which they derive.
    """
    with ExitStack() as stack:
        workers = [Worker(rules) for _ in range(min(os.cpu_count() or 1, MOST_WORKERS))]
        for worker in workers:
            stack.callback(worker.stop)
        yield workers


class Worker:
    """A process that derives one step at a time.

    Args:
        rules: by which it derives.
    """

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._work: _Work | None = None
        self._pipe, its_end = Pipe()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own program
                [sys.executable, "-c", _PROGRAM, str(its_end.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[its_end.fileno()],
                start_new_session=True,  # Ctrl-C at a terminal is for this process, which then ends the other
            )
            self._pipe.send(rules)
        except Exception as error:
            self._give_up(error)
        finally:
            its_end.close()

    def send(self, spans: pa.Table, groups: Sequence[Sequence[str]]) -> None:
        """Give it work, once the result of the work before was received.

        Args:
            spans: as for ``Rules.derive``.
            groups: as for ``Rules.derive``.
        """
        self._work = spans, groups
        if self._process is not None:
            try:
                self._pipe.send(self._work)
            except Exception as error:
                self._give_up(error)

    def receive(self) -> Derivation:
        """Wait for what the work comes to that was sent last.

        Raises:
            RuntimeError: nothing was sent since the last result.
        """
        work, self._work = self._work, None
        if work is None:
            raise RuntimeError("a worker was asked for a result without being given work")
        if self._process is not None:
            try:
                derivation: Derivation = self._pipe.recv()
                return derivation
            except Exception as error:
                self._give_up(error)
        return self._rules.derive(*work)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        self._pipe.close()
        if process is not None:
            process.kill()
            process.wait()  # else it would stay as a zombie

    def _give_up(self, error: Exception) -> None:
        _log.warning("deriving goes on in fewer processes: %s: %s", type(error).__name__, error)
        self.stop()


def serve(descriptor: int) -> None:
    """What a worker does: derive what comes in, until whoever started it is gone.

    Args:
        descriptor: its end of the pipe.
    """
    pipe = Connection(descriptor)
    with suppress(EOFError, ConnectionError):
        rules: Rules = pipe.recv()
        while True:
            spans, groups = pipe.recv()
            pipe.send(rules.derive(spans, groups))
