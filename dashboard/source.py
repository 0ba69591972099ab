"""What the pages read: a store kept up to date in the background, and answers computed from its present state.

A page never computes and never waits long: it asks, gets the answer where one is at hand, else the previous one, else
none, and is drawn again when the new one is there.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeAlias, TypeVar

from tierscope.dashboard.remembering import RememberingScorer
from tierscope.errors import StoreError, TierscopeError
from tierscope.instrumentation.store import Store

__all__ = ["Answer", "Progress", "Source", "current_source", "publish_source"]

Progress: TypeAlias = Callable[[int, int], None]
"""Told (done, total) now and then."""

_FOLLOW_EVERY_S: Final = 1.0
_STOP_WITHIN_S: Final = 2.0
_KEPT_ANSWERS: Final = 256

_log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What is known about a question at this moment."""

    value: T | None
    """None where it is still being computed for the first time, or cannot be computed."""
    is_current: bool
    """False where newer spans have arrived since, or the first answer is still being computed."""
    problem: str | None = None
    """Why there is no answer, for people."""


class _StoppedError(Exception):
    """The server is being stopped, and nobody will read the answer."""


class _Job:
    """One computation, in a thread of its own that does not hold up the end of the process."""

    def __init__(self, state: Hashable, stopping: threading.Event) -> None:
        self.state = state
        self._stopping = stopping
        self.started_s = time.monotonic()
        self.progress = (0, 0)
        self.value: Any = None
        self.error: Exception | None = None
        self.done = threading.Event()

    def run(self, work: Callable[[Progress], object], turn: AbstractContextManager[object]) -> None:
        try:
            with turn:
                self._end_if_stopping()
                self.value = work(self._report)
        except (TierscopeError, _StoppedError) as error:
            self.error = error
        except Exception as error:
            _log.exception("a figure of the dashboard could not be computed")
            self.error = error
        finally:
            self.done.set()

    def _report(self, done: int, total: int) -> None:
        self._end_if_stopping()
        self.progress = (done, total)

    def _end_if_stopping(self) -> None:
        if self._stopping.is_set():
            raise _StoppedError


@dataclass(slots=True)
class _Entry:
    job: _Job
    """The newest computation."""
    last: _Job | None = None
    """The newest computation that has succeeded."""


class Source:
    """A store for people to look at.

    Args:
        store: where the runs are.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.scorer = RememberingScorer()
        self.problem: str | None = None
        """Why the store could not be brought up to date, for people; None while it can."""
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._turn = threading.Lock()
        self._stopping = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="tierscope-follower", daemon=True)

    def start(self) -> None:
        """Begin to bring the store up to date in the background."""
        self._follower.start()

    def stop(self) -> None:
        """End the background work, each computation where it next reports its progress.

        A thread that is still at work when the process ends can bring it down with a signal.
        """
        self._stopping.set()
        ends_s = time.monotonic() + _STOP_WITHIN_S
        self._follower.join(timeout=_STOP_WITHIN_S)
        with self._lock:
            jobs = [entry.job for entry in self._entries.values()]
        for job in jobs:
            job.done.wait(timeout=max(ends_s - time.monotonic(), 0))

    @property
    def state(self) -> Hashable:
        """Changes whenever what is stored changes, whoever changed it."""
        try:
            status = self.store.path.stat()
        except FileNotFoundError:
            return None
        return (status.st_mtime_ns, status.st_size)

    def describe_wait(self, question: Hashable) -> str | None:
        """How far the computation of an answer is, for people; None where none is under way."""
        with self._lock:
            entry = self._entries.get(question)
        if entry is None or entry.job.done.is_set():
            return None
        waited = f"{time.monotonic() - entry.job.started_s:.0f} s"
        done, total = entry.job.progress
        return f"{done:,} of {total:,} done, {waited}" if total else waited

    def ask(
        self, question: Hashable, work: Callable[[Progress], T], patience_s: float, *, is_long: bool = False
    ) -> Answer[T]:
        """The answer to a question about the store, computed in the background at most once per state of the store.

        Args:
            question: what is asked.
            work: computes the answer, and reports its progress.
            patience_s: how long to wait for it before making do with what there is.
            is_long: whether it may take many seconds; such work is done one after another, so that pages stay quick.
        """
        entry = self._find_entry(question, work, is_long=is_long)
        entry.job.done.wait(timeout=patience_s)
        if not entry.job.done.is_set():
            return Answer(None if entry.last is None else entry.last.value, is_current=False)
        if entry.job.error is not None:
            return Answer(None, is_current=True, problem=_explain(entry.job.error))
        entry.last = entry.job
        return Answer(entry.job.value, is_current=True)

    def _find_entry(self, question: Hashable, work: Callable[[Progress], object], *, is_long: bool) -> _Entry:
        """The computation under way or done for the present state of the store, else a new one."""
        state = self.state
        with self._lock:
            entry = self._entries.get(question)
            if entry is None or (entry.job.done.is_set() and entry.job.state != state):
                last = entry.job if entry is not None and entry.job.error is None else None
                entry = self._entries[question] = _Entry(_Job(state, self._stopping), last)
                arguments = (work, self._turn if is_long else nullcontext())
                threading.Thread(target=entry.job.run, args=arguments, name="tierscope-figure", daemon=True).start()
            self._entries.move_to_end(question)
            while len(self._entries) > _KEPT_ANSWERS:
                self._entries.popitem(last=False)
            return entry

    def _follow(self) -> None:
        while not self._stopping.is_set():
            try:
                if self.store.exists:
                    self.store.refresh()
                self.problem = None
            except StoreError as error:
                if self.problem is None:
                    _log.warning("the store cannot be brought up to date: %s", error)
                self.problem = str(error)
            except Exception as error:
                # Whatever it was, the next round may do better, and the pages still show what is stored.
                _log.exception("the store could not be brought up to date")
                self.problem = f"{type(error).__name__}: {error}"
            self._stopping.wait(_FOLLOW_EVERY_S)


def _explain(error: Exception) -> str:
    if isinstance(error, TierscopeError):
        return str(error)
    return f"A figure could not be computed ({type(error).__name__}: {error}); the server's log says more."


_published: list[Source] = []


def publish_source(source: Source) -> None:
    """Make a source the one that the pages of this process show; Streamlit runs one app per process."""
    _published[:] = [source]


def current_source() -> Source:
    """The source of this process.

    Raises:
        LookupError: nothing is being served.
    """
    if not _published:
        raise LookupError("the page was started without a source: start it with  tierscope serve")
    return _published[0]
