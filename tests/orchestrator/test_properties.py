"""Whatever the tree, the faults and the timing: the promises of the core."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import cast

from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.sdk.trace import ReadableSpan

from tests.orchestrator.virtual_time import run_in_virtual_time
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    Budget,
    Join,
    Limits,
    Member,
    Orchestrator,
    Pipeline,
    Recovery,
    Result,
    RunFailedError,
    RunReport,
    Signal,
    Synthesis,
    Task,
    current,
    run,
    start,
)

TICK_S = 0.001


@dataclass(frozen=True)
class Leaf:
    """What one leaf does."""

    kind: str
    ticks: int
    tokens: int


@dataclass(frozen=True)
class Branch:
    """An orchestrator or a pipeline, and what is below it."""

    below: tuple["Leaf | Branch", ...]
    quorum: int
    deadline_ticks: int | None
    retries: int
    line: bool


leaves = st.builds(
    Leaf,
    kind=st.sampled_from(["fine", "fine", "fine", "raises", "silent", "hangs", "stubborn", "spawns", "thread", "late"]),
    ticks=st.integers(0, 3),
    tokens=st.integers(0, 40),
)
trees = st.recursive(
    leaves,
    lambda below: st.builds(
        Branch,
        below=st.lists(below, min_size=1, max_size=4).map(tuple),
        quorum=st.integers(0, 2),
        deadline_ticks=st.none() | st.integers(1, 20),
        retries=st.integers(0, 1),
        line=st.booleans(),
    ),
    max_leaves=12,
)


class World:
    """Builds members from a description and watches who is alive."""

    def __init__(self) -> None:
        self.alive: Counter[str] = Counter()
        self.finished: list[str] = []
        self.secrets: dict[str, str] = {}
        self.leaks: list[str] = []
        self.most_tokens = 0

    def build(self, shape: Leaf | Branch, name: str) -> Member:
        if isinstance(shape, Leaf):
            return Agent(name, self.work(shape, name))
        below = [self.build(each, f"{name}.{number}") for number, each in enumerate(shape.below)]
        recovery = Recovery(retries=shape.retries, backoff_s=0)
        if shape.line:
            return Pipeline(name, below, recovery=recovery)
        deadline_s = None if shape.deadline_ticks is None else shape.deadline_ticks * TICK_S
        join = Join(quorum=min(shape.quorum, len(below)), deadline_s=deadline_s)
        return Orchestrator(name, below, recovery=recovery, join=join)

    def work(self, leaf: Leaf, name: str) -> "Work":
        return Work(self, leaf, name)


@dataclass(frozen=True)
class Work:
    """A leaf at work."""

    world: World
    leaf: Leaf
    name: str

    async def __call__(self, _task: Task) -> object:
        self.world.alive[self.name] += 1
        try:
            return await self.act()
        finally:
            self.world.alive[self.name] -= 1

    async def act(self) -> object:
        call = current()
        team = self.name.rpartition(".")[0]
        self.world.leaks.extend(str(owner) for owner in call.state if owner != team)
        call.state[team] = "secret"
        with call.reserve(tokens=self.leaf.tokens) as hold:
            self.world.most_tokens = max(self.world.most_tokens, call.run.account.tokens)
            await asyncio.sleep(self.leaf.ticks * TICK_S)
            hold.settle(tokens=self.leaf.tokens // 2)
        if self.leaf.kind == "raises":
            raise ValueError(self.name)
        if self.leaf.kind == "silent":
            return None
        if self.leaf.kind == "hangs":
            await asyncio.Event().wait()
        if self.leaf.kind in ("stubborn", "late"):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                if self.leaf.kind == "late":
                    return "late"
                await asyncio.sleep(TICK_S)
                raise
        if self.leaf.kind == "spawns":
            again = Leaf("spawns", 0, 1)
            await call.spawn(Agent(f"{self.name}.s", Work(self.world, again, f"{self.name}.s")), "deeper")
        self.world.finished.append(self.name)
        return Result(text=f"did {self.name}", signals=(Signal(text=f"found by {self.name}!", critical=True),))


def texts(report: RunReport) -> str:
    """Everything that a run returned or attached."""
    parts = [report.text]
    if report.failure is not None:
        parts.extend(partial.text for partial in report.failure.partial)
    if isinstance(report.result, Synthesis):
        parts.extend(partial.text for gap in report.result.gaps for partial in gap.partial)
    parts.extend(partial.text for gap in report.gaps for partial in gap.token.partial)
    return "\n".join(parts)


def spans_by_id(spans: tuple[ReadableSpan, ...]) -> dict[int, ReadableSpan]:
    return {span.context.span_id: span for span in spans if span.context is not None}


async def carried_out(root: Member, depth: int, tokens: int, wall_s: float) -> RunReport:
    limits = Limits(depth=depth, agents=60, concurrency=3)
    before = asyncio.all_tasks()
    try:
        report = await run(root, "x", limits=limits, budget=Budget(tokens=tokens, wall_s=wall_s))
    except RunFailedError as error:
        report = cast("RunReport", error.report)
    assert asyncio.all_tasks() == before
    return report


@settings(max_examples=150)
@given(shape=trees, depth=st.integers(0, 4), tokens=st.integers(0, 200))
def test_promises_hold_for_every_tree(shape: Leaf | Branch, depth: int, tokens: int) -> None:
    world = World()
    with recorded() as exporter:
        report = run_in_virtual_time(carried_out(world.build(shape, "r"), depth, tokens, wall_s=0.3))
    spans = exporter.get_finished_spans()
    agents = [span for span in spans if span.name.startswith("invoke_agent ")]
    by_id = spans_by_id(spans)

    assert +world.alive == Counter()  # no task outlives its parent
    assert all(span.parent is None or span.parent.span_id in by_id for span in spans)  # every span ends
    assert len(agents) <= report.agents
    for span in spans:
        if span.parent is not None:
            above = by_id[span.parent.span_id]
            assert above.end_time is not None
            assert span.end_time is not None
            assert above.end_time >= span.end_time
    assert max(world.most_tokens, report.tokens) <= tokens  # the budget is never exceeded
    assert report.max_depth <= depth  # depth never passes the limit
    assert all(int(str((span.attributes or {})[semconv.TIERSCOPE_TIER])) <= depth for span in agents)
    assert (report.result is None) != (report.failure is None)  # exactly one of result and failure
    returned = texts(report)
    for name in world.finished:  # finished work is never thrown away
        assert f"found by {name}!" in [kept.signal.text for kept in report.critical]
        assert report.result is None or f"found by {name}!" in returned
    assert world.leaks == []  # no state crosses teams


@settings(max_examples=100)
@given(shape=trees, ticks=st.integers(0, 8))
def test_cancelling_at_any_moment_leaves_nothing_running_and_closes_every_span(
    shape: Leaf | Branch, ticks: int
) -> None:
    world = World()

    async def cut_short() -> None:
        before = asyncio.all_tasks()
        async with start(world.build(shape, "r"), "x", limits=Limits(depth=4, agents=40)) as running:
            await asyncio.sleep(ticks * TICK_S)
            assert running.report().agents >= 1
        assert asyncio.all_tasks() == before

    with recorded() as exporter:
        run_in_virtual_time(cut_short())
    spans = exporter.get_finished_spans()
    assert +world.alive == Counter()
    assert all(span.parent is None or span.parent.span_id in spans_by_id(spans) for span in spans)


@settings(max_examples=150)
@given(shape=trees)
def test_every_member_ends_in_exactly_one_of_result_and_failure_token(shape: Leaf | Branch) -> None:
    world, returned = World(), list[tuple[int, int]]()

    async def watches(_task: Task) -> str:
        member = world.build(shape, "r")
        joined = await current().spawn_all([(member, "a"), (member, "b")], Join(deadline_s=0.05))
        returned.append((len(joined.results), len(joined.failures)))
        assert set(joined.results) & set(joined.failures) == set()
        assert {*joined.results, *joined.failures} == {"r", "r#2"}
        return "seen"

    report = run_in_virtual_time(carried_out(Agent("w", watches), depth=6, tokens=10_000, wall_s=60))
    assert report.text.startswith("seen")
    assert sum(returned[0]) == 2
