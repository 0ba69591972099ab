"""What the pages read: a store that is kept up to date in the background, and answers computed from its present state.

A page never computes and never waits long: it asks, gets the answer where one is at hand, else the previous answer, else
none, and is drawn again when the new one is there.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

import polars as pl

from tierscope.errors import StoreError, TierscopeError
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute, load_frames, select_runs
from tierscope.metrics.sql import load_query

__all__ = ["Answer", "Source", "current_source", "publish_source"]

PATIENCE_S: Final = 0.4
"""How long a page waits for an answer before it shows what it has."""

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

    @property
    def is_working(self) -> bool:
        """Whether an answer is being computed."""
        with self._lock:
            return any(not job.future.done() for job in self._jobs.values())

    def ask_runs(self, runs: RunFilter) -> Answer[pl.DataFrame]:
        """Frame of ``queries/runs.sql`` for the runs that a filter lets through."""
        return self.ask_frame("runs", runs)

    def ask_frame(self, query: str, runs: RunFilter) -> Answer[pl.DataFrame]:
        """Frame of a query that takes ``$run_ids``.

        Args:
            query: file in ``metrics/queries`` without the ending.
            runs: which runs.
        """

        def load() -> pl.DataFrame:
            return load_frames(self.store, [query], select_runs(self.store, runs))[query]

        return self.ask(("frame", query, runs), load)

    def ask_rows(self, query: str, **parameters: object) -> Answer[pl.DataFrame]:
        """Frame of a query with parameters of its own.

        Args:
            query: file in ``metrics/queries`` without the ending.
            parameters: its values by name.
        """
        return self.ask(
            ("rows", query, tuple(sorted(parameters.items()))),
            lambda: self.store.query(load_query(query), parameters),
        )

    def ask_metric(self, name: str, runs: RunFilter, by: Sequence[str] = ()) -> Answer[pl.DataFrame]:
        """Frame of a metric.

        Args:
            name: a name of the registry.
            runs: which runs.
            by: columns to group by; the metric's own grain where empty.
        """
        options: dict[str, Any] = {"by": tuple(by)} if by else {}
        return self.ask(
            ("metric", name, runs, tuple(by)),
            lambda: compute(name, self.store, runs, **options),
        )

    def ask(self, question: Hashable, work: Callable[[], T]) -> Answer[T]:
        """The answer to a question about the store, computed in the background at most once per state of the store.

        Args:
            question: what is asked.
            work: computes the answer.
        """
        job = self._find_job(question, work)
        if job is not None:
            try:
                job.future.result(timeout=PATIENCE_S)
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
