"""What the pages read: a store kept up to date in the background, and answers computed from its present state.

A page never computes and never waits long: it asks, gets the answer where one is at hand, else the previous one, else
none, and is drawn again when the new one is there.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

from tierscope.errors import StoreError, TierscopeError
from tierscope.instrumentation.store import Store

__all__ = ["Answer", "Source", "current_source", "publish_source"]

_FOLLOW_EVERY_S: Final = 1.0
_WORKERS: Final = 4
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
    waiting_s: float = 0.0
    """How long the computation under way has taken so far."""
    problem: str | None = None
    """Why there is no answer, for people."""


@dataclass(slots=True)
class _Job:
    state: Hashable
    future: Future[Any]
    started_s: float


class Source:
    """A store for people to look at.

    Args:
        store: where the runs are.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.problem: str | None = None
        """Why the store could not be brought up to date, for people; None while it can."""
        self._lock = threading.Lock()
        self._jobs: dict[Hashable, _Job] = {}
        self._answers: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._workers = ThreadPoolExecutor(_WORKERS, thread_name_prefix="tierscope-dashboard")
        self._stopping = threading.Event()
        self._follower = threading.Thread(target=self._follow, name="tierscope-follower", daemon=True)

    def start(self) -> None:
        """Begin to bring the store up to date in the background."""
        self._follower.start()

    def stop(self) -> None:
        """End the background work; what is being computed is abandoned."""
        self._stopping.set()
        self._workers.shutdown(wait=False, cancel_futures=True)

    @property
    def state(self) -> Hashable:
        """Changes whenever what is stored changes, whoever changed it."""
        try:
            status = self.store.path.stat()
        except FileNotFoundError:
            return None
        return (status.st_mtime_ns, status.st_size)

    def is_answered(self, question: Hashable) -> bool:
        """Whether nothing is being computed for a question any more."""
        with self._lock:
            job = self._jobs.get(question)
        return job is None or job.future.done()

    def ask(self, question: Hashable, work: Callable[[], T], patience_s: float) -> Answer[T]:
        """The answer to a question about the store, computed in the background at most once per state of the store.

        Args:
            question: what is asked.
            work: computes the answer.
            patience_s: how long to wait for it before making do with what there is.
        """
        job = self._find_job(question, work)
        if job is not None:
            try:
                job.future.result(timeout=patience_s)
            except FutureTimeoutError:
                pass
            except TierscopeError as error:
                return Answer(None, is_current=True, problem=str(error))
        with self._lock:
            known = self._answers.get(question)
        waiting_s = 0.0 if job is None or job.future.done() else time.monotonic() - job.started_s
        value = cast("T", known[1]) if known is not None else None
        return Answer(value, is_current=waiting_s == 0.0, waiting_s=waiting_s)

    def _find_job(self, question: Hashable, work: Callable[[], T]) -> _Job | None:
        """The computation under way, or a new one where the store has changed; None where the answer is current."""
        state = self.state
        with self._lock:
            known = self._answers.get(question)
            if known is not None:
                self._answers.move_to_end(question)
                if known[0] == state:
                    return None
            job = self._jobs.get(question)
            if job is None or (job.future.done() and job.state != state):
                future = self._workers.submit(self._answer, question, state, work)
                job = self._jobs[question] = _Job(state, future, time.monotonic())
            return job

    def _answer(self, question: Hashable, state: Hashable, work: Callable[[], object]) -> None:
        value = work()
        with self._lock:
            self._answers[question] = (state, value)
            while len(self._answers) > _KEPT_ANSWERS:
                forgotten, _ = self._answers.popitem(last=False)
                self._jobs.pop(forgotten, None)

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
            self._stopping.wait(_FOLLOW_EVERY_S)


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
