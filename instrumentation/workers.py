"""Processes that derive side by side, since Python threads would take turns.

They are started as programs and not forked or spawned: a fork beside DuckDB's threads is not safe, a spawn runs the
caller's main module again, and a daemonic process may have neither. A worker that cannot be started, or dies, costs
nothing but time: its work is done here.
"""

import contextlib
import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final, cast

import pyarrow as pa

from tierscope.instrumentation.derivation import Derivation, Rules

__all__ = ["Worker", "start_workers"]

MOST_WORKERS: Final = 4
"""More would wait for the one process that reads and writes the database."""

_PROGRAM: Final = "from tierscope.instrumentation.workers import serve; serve()"
_log = logging.getLogger(__name__)


@contextmanager
def start_workers(rules: Rules) -> Generator[list["Worker"]]:
    """Start one worker for each processor; they are gone at the end of the block.

    Args:
        rules: by which they derive.
    """
    with contextlib.ExitStack() as stack:
        workers = [Worker(rules) for _ in range(min(len(os.sched_getaffinity(0)), MOST_WORKERS))]
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
        self._work: tuple[pa.Table, Sequence[Sequence[str]]] | None = None
        try:
            self._process: subprocess.Popen[bytes] | None = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C at a terminal is for this process, which then ends the other
            )
            self._write(rules)
        except Exception as error:
            self._give_up(error)

    def send(self, spans: pa.Table, groups: Sequence[Sequence[str]]) -> None:
        """Give it work, once the work before was received.

        Args:
            spans: as for ``Rules.derive``.
            groups: as for ``Rules.derive``.
        """
        self._work = spans, groups
        if self._process is not None:
            try:
                self._write(self._work)
            except Exception as error:
                self._give_up(error)

    def receive(self) -> Derivation:
        """Wait for what the work that was sent last comes to."""
        assert self._work is not None, "nothing was sent"
        work, self._work = self._work, None
        if self._process is not None and self._process.stdout is not None:
            try:
                return cast("Derivation", pickle.load(self._process.stdout))
            except Exception as error:
                self._give_up(error)
        return self._rules.derive(*work)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()  # closes the pipes and waits, so that no zombie stays

    def _write(self, value: object) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pickle.dump(value, self._process.stdin, protocol=5)
        self._process.stdin.flush()

    def _give_up(self, error: Exception) -> None:
        _log.warning("deriving goes on in fewer processes: %s: %s", type(error).__name__, error)
        self.stop()


def serve() -> None:
    """What a worker does: derive what comes in, until whoever started it is gone."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not get among the answers
    with contextlib.suppress(EOFError, BrokenPipeError):
        rules: Rules = pickle.load(sys.stdin.buffer)
        while True:
            spans, groups = pickle.load(sys.stdin.buffer)
            pickle.dump(rules.derive(spans, groups), answers, protocol=5)
            answers.flush()
