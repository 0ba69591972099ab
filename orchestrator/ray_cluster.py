"""Leaves on a Ray cluster, with the same code (extra ``ray``): one asynchronous actor for every domain.

    ray.init(address="auto")
    async with Cluster(setup=partial(configure, "runs.duckdb")) as cluster:
        report = await run(cluster.place(root), "Is ACME a buy?")

Plans, joins, limits, budgets and syntheses stay where the run is; only the work of agents moves. An agent there may use
``current()`` to declare signals, push partial results and report progress, which arrive while it works; what needs an
answer (``spawn``, ``reserve``, ``read``, ``escalate``, ``approve``) belongs to members that stay.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Any, Literal, Self, cast

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace

from tierscope.errors import MissingExtraError, OrchestrationError
from tierscope.orchestrator.calls import current, current_call
from tierscope.orchestrator.members import Agent, Member, Work
from tierscope.orchestrator.messages import Result, Signal, Task
from tierscope.orchestrator.orchestrators import Orchestrator
from tierscope.orchestrator.pipelines import Pipeline
from tierscope.orchestrator.threads import in_thread, is_async


@dataclass(frozen=True, slots=True)
class News:
    """One thing that an agent tells from its actor, in the order of telling; the last is what it returned or raised."""

    kind: Literal["signal", "push", "report", "returned", "raised"]
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an invocation stands, as its actor is told."""

    path: str
    depth: int
    domain: str | None
    carrier: dict[str, str]
    """The ``traceparent`` of its span."""


class RemoteCall:
    """What ``current()`` is in an actor: the part of an invocation that needs no answer from the run.

    Args:
        task: what it is to do.
        place: where it stands.
    """

    def __init__(self, task: Task, place: Place) -> None:
        self.task = task
        self.path = place.path
        self.depth = place.depth
        self.domain = place.domain
        self.news: asyncio.Queue[News] = asyncio.Queue()

    def signal(self, signal: Signal) -> None:
        """Declare a finding while still at work."""
        self._tell("signal", signal)

    def push(self, partial_result: Result | str) -> None:
        """Offer a partial result."""
        self._tell("push", partial_result)

    def report(self, progress: float | None = None, blockers: Sequence[str] = ()) -> None:
        """Tell those above how far it is and what it waits for."""
        self._tell("report", progress, tuple(blockers))

    def _tell(self, kind: Literal["signal", "push", "report"], *arguments: object) -> None:
        self.news.put_nowait(News(kind, arguments))

    def __getattr__(self, name: str) -> object:
        raise OrchestrationError(
            f"{self.path} runs on a Ray cluster, where current().{name} does not reach the run: "
            "keep members that need it in the process of the run."
        )


class Worker:
    """The actor of one domain; also usable without Ray.

    Args:
        setup: called once, such as to configure recording in this process.
    """

    def __init__(self, setup: Callable[[], object] | None = None) -> None:
        if setup is not None:
            setup()

    async def perform(self, work: Work, task: Task, place: Place) -> AsyncGenerator[News, None]:
        """Do ``task`` below the span of its invocation, and yield what it tells meanwhile."""
        call = RemoteCall(task, place)
        working = asyncio.create_task(self._work(work, call, place))
        try:
            while True:
                news = await call.news.get()
                yield news
                if news.kind in ("returned", "raised"):
                    return
        finally:
            working.cancel()

    async def _work(self, work: Work, call: RemoteCall, place: Place) -> None:
        otel_context.attach(propagate.extract(place.carrier))
        current_call.set(cast("Any", call))
        try:
            if is_async(work):
                value = await cast("Any", work(call.task))
            else:
                value = await in_thread(partial(work, call.task), lambda: None)
                value = await value if inspect.isawaitable(value) else value
        except Exception as error:  # the run decides what becomes of it
            call.news.put_nowait(News("raised", (error,)))
        else:
            call.news.put_nowait(News("returned", (value,)))

    def flush(self) -> None:
        """Write the spans that were recorded here."""
        flush = getattr(trace.get_tracer_provider(), "force_flush", None)
        if flush is not None:
            flush()


class Cluster:
    """Actors on a Ray cluster, made as domains need them, and ended with the block.

    Args:
        setup: called once in every actor, such as to configure recording there.
        options: of the actors, as Ray names them, such as ``num_cpus`` or ``runtime_env``.

    Raises:
        MissingExtraError: Ray is not installed.
    """

    def __init__(self, setup: Callable[[], object] | None = None, **options: object) -> None:
        try:
            self._ray: Any = import_module("ray")
        except ImportError as error:
            raise MissingExtraError("ray", "Running leaves on a cluster") from error
        self._setup = setup
        self._options = {"max_concurrency": 1000, "max_restarts": 3, "num_cpus": 0, **options}
        self._workers: dict[str | None, Any] = {}

    def place(self, member: Member) -> Member:
        """The same hierarchy, with the work of every agent in the actor of its domain."""
        if isinstance(member, Orchestrator):
            return replace(member, team=[self.place(each) for each in member.team])
        if isinstance(member, Pipeline):
            return replace(member, steps=[self.place(each) for each in member.steps])
        return replace(member, work=self.remote(member.work)) if isinstance(member, Agent) else member

    def remote(self, work: Work) -> Work:
        """``work`` as a callable that does it in the actor of the domain of whoever is given the task."""

        async def work_there(task: Task) -> object:
            call = current()
            carrier: dict[str, str] = {}
            propagate.inject(carrier)
            place = Place(call.path, call.depth, call.domain, carrier)
            stream = self._worker(call.domain).perform.remote(work, task, place)
            try:
                async for reference in stream:
                    news: News = await reference
                    if news.kind == "returned":
                        return news.arguments[0]
                    if news.kind == "raised":
                        raise news.arguments[0]
                    getattr(call, news.kind)(*news.arguments)
            except asyncio.CancelledError:
                self._ray.cancel(stream)
                raise
            raise OrchestrationError(f"{call.path}: its actor ended without a result: look into the logs of Ray.")

        return work_there

    def _worker(self, domain: str | None) -> Any:  # noqa: ANN401 - Ray's handle
        if domain not in self._workers:
            actor = self._ray.remote(Worker).options(**self._options)
            self._workers[domain] = actor.remote(self._setup)
        return self._workers[domain]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        workers = list(self._workers.values())
        self._workers.clear()
        await asyncio.gather(*(worker.flush.remote() for worker in workers), return_exceptions=True)
        for worker in workers:
            self._ray.kill(worker)
