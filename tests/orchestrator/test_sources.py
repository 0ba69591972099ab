"""Data sources: registry, rate limit, cost, and what is recorded of a call."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tierscope.errors import SettingsError, UnknownNameError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    Budget,
    Limits,
    Orchestrator,
    RateLimit,
    Result,
    RunFailedError,
    Source,
    Sources,
    Task,
    current,
    run_sync,
)
from tierscope.orchestrator.errors import BudgetExceededError


class FakeTime:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.now_s += seconds

    def limit(self, per_minute: float, burst: int = 1) -> RateLimit:
        return RateLimit(per_minute, burst, sleep=self.sleep, clock=self)


async def in_order(limit: RateLimit, clock: FakeTime, number: int) -> list[tuple[int, float]]:
    """Who was granted a request, and when."""
    granted: list[tuple[int, float]] = []

    async def asks(who: int) -> None:
        await limit.acquire()
        granted.append((who, round(clock.now_s, 6)))

    async with asyncio.TaskGroup() as group:
        for who in range(number):
            group.create_task(asks(who))
    return granted


def test_requests_pass_at_the_rate_in_the_order_of_asking() -> None:
    clock = FakeTime()
    assert asyncio.run(in_order(clock.limit(per_minute=30), clock, 4)) == [(0, 0.0), (1, 2.0), (2, 4.0), (3, 6.0)]


def test_burst_passes_at_once_and_no_more_than_that() -> None:
    clock = FakeTime()
    limit = clock.limit(per_minute=60, burst=2)
    clock.now_s = 100.0
    granted = asyncio.run(in_order(limit, clock, 4))
    assert granted == [(0, 100.0), (1, 100.0), (2, 101.0), (3, 102.0)]


def test_who_gives_up_holds_up_nobody_and_costs_no_request() -> None:
    clock = FakeTime()
    limit = clock.limit(per_minute=60)

    async def scenario() -> list[float]:
        await limit.acquire()
        impatient = asyncio.create_task(limit.acquire())
        patient = asyncio.create_task(limit.acquire())
        await asyncio.sleep(0)
        impatient.cancel()
        await patient
        return [round(clock.now_s, 6)]

    assert asyncio.run(scenario()) == [1.0]


def test_higher_priority_passes_first() -> None:
    clock = FakeTime()
    limit = clock.limit(per_minute=60)
    granted: list[int] = []

    async def asks(priority: int) -> None:
        await limit.acquire(priority)
        granted.append(priority)

    async def scenario() -> None:
        async with asyncio.TaskGroup() as group:
            for priority in (0, 0, 0, 5):  # the first passes at once, the second is next in line
                group.create_task(asks(priority))

    asyncio.run(scenario())
    assert granted == [0, 0, 5, 0]


def test_limit_serves_one_run_after_another() -> None:
    clock = FakeTime()
    sources = Sources([Source("gdp", fetched, provider="office")], limits={"office": clock.limit(per_minute=60)})
    for _ in range(3):
        run_sync(Orchestrator("root", [Agent("a", reads("gdp")), Agent("b", reads("gdp"))]), "x", sources=sources)
    assert clock.now_s == pytest.approx(5)


async def fetched(**arguments: str) -> Result:
    return Result(text=f"GDP grew 2.1% {arguments.get('country', '')}".strip(), value=2.1)


def reads(*names: str) -> Callable[[Task], Awaitable[str]]:
    async def work(_task: Task) -> str:
        return " ".join([(await current().read(name)).text for name in names])

    return work


def test_reading_is_recorded_paid_for_and_waits_for_the_provider() -> None:
    clock = FakeTime()
    entries = [Source("gdp", fetched, provider="office", cost_usd=0.25, domain="macro", description="growth")]
    sources = Sources(entries, limits={"office": clock.limit(per_minute=60)})

    async def work(_task: Task) -> str:
        first = await current().read("gdp", country="Sweden")
        await current().read("gdp")
        return str(first.text)

    with recorded() as exporter:
        report = run_sync(Agent("analyst", work), "x", sources=sources)
    assert (report.text, report.usd) == ("GDP grew 2.1% Sweden", 0.5)
    assert clock.now_s == pytest.approx(1)
    *calls, agent = exporter.get_finished_spans()
    facts = [dict(span.attributes or {}) for span in calls]
    assert [span.name for span in calls] == ["execute_tool read_source"] * 2
    above = agent.get_span_context()
    assert above is not None
    assert [span.parent.span_id if span.parent else None for span in calls] == [above.span_id] * 2
    assert facts[0] | {semconv.TIERSCOPE_SOURCE_WAITED_MS: 0} == {
        semconv.GEN_AI_OPERATION_NAME: "execute_tool",
        semconv.GEN_AI_TOOL_NAME: "read_source",
        semconv.GEN_AI_TOOL_TYPE: "datastore",
        semconv.GEN_AI_TOOL_CALL_ARGUMENTS: '{"country":"Sweden","source":"gdp"}',
        semconv.GEN_AI_TOOL_CALL_RESULT: "GDP grew 2.1% Sweden",
        semconv.TIERSCOPE_SOURCE: "gdp",
        semconv.TIERSCOPE_SOURCE_PROVIDER: "office",
        semconv.TIERSCOPE_SOURCE_COST_USD: 0.25,
        semconv.TIERSCOPE_SOURCE_WAITED_MS: 0,
    }


def test_cost_that_does_not_fit_keeps_the_source_from_being_read() -> None:
    read: list[str] = []

    def fetch() -> str:
        read.append("read")
        return "2.1"

    async def work(_task: Task) -> str:
        await current().read("gdp")
        with pytest.raises(BudgetExceededError, match=r"0\.6000 USD do not fit into the 0\.4000 left of 1\.0000"):
            await current().read("gdp")
        return "went on"

    sources = Sources([Source("gdp", fetch, cost_usd=0.6)])
    report = run_sync(Agent("analyst", work), "x", sources=sources, budget=Budget(usd=1))
    assert (report.text, report.usd, read) == ("went on", 0.6, ["read"])


def test_planner_chooses_among_the_entries_of_its_domain() -> None:
    entries = [Source("gdp", fetched, domain="macro"), Source("patents", fetched, domain="company")]

    def plan(task: Task) -> list[Task]:
        chosen = [source.name for source in current().sources if source.domain == "macro"]
        return [Task(to="analyst", intent=f"read {', '.join(chosen)} for {task.intent}")]

    async def echo(task: Task) -> str:
        return task.intent

    root = Orchestrator("root", [Agent("analyst", echo)], plan=plan)
    assert run_sync(root, "ACME", sources=Sources(entries)).text == "analyst: read gdp for ACME"


def test_failure_of_a_source_is_the_failure_of_its_reader_and_marks_the_call() -> None:
    async def down() -> str:
        raise ConnectionError("the office does not answer")

    with recorded() as exporter, pytest.raises(RunFailedError, match="ConnectionError: the office does not answer"):
        run_sync(Agent("analyst", reads("gdp")), "x", sources=Sources([Source("gdp", down)]))
    assert (exporter.get_finished_spans()[0].attributes or {})[semconv.ERROR_TYPE] == "ConnectionError"


def test_waiting_for_a_source_ends_with_the_deadline() -> None:
    async def for_ever(_seconds: float) -> None:
        await asyncio.Event().wait()

    limit = RateLimit(per_minute=1, sleep=for_ever)
    sources = Sources([Source("gdp", fetched, provider="office", cost_usd=1)], limits={"office": limit})
    team = [Agent("one", reads("gdp")), Agent("two", reads("gdp"), deadline_s=0.05)]
    report = run_sync(Orchestrator("root", team), "x", sources=sources, limits=Limits(depth=1))
    assert [(gap.token.member, gap.token.status) for gap in report.gaps] == [("two", "timeout")]
    assert report.usd == 1


def test_mistakes_are_answered_with_what_to_do() -> None:
    with pytest.raises(SettingsError, match="two data sources are called 'gdp': give each a name of its own"):
        Sources([Source("gdp", fetched), Source("gdp", fetched)])
    with pytest.raises(UnknownNameError, match="there is no data source 'gpd': use one of gdp"):
        Sources([Source("gdp", fetched)])["gpd"]
    with pytest.raises(SettingsError, match=r"a rate of 0 a minute in bursts of 1 lets nothing pass"):
        RateLimit(per_minute=0)
    with pytest.raises(RunFailedError, match=r"pass  sources=Sources\(\[\.\.\.\]\)  to the run"):
        run_sync(Agent("analyst", reads("gdp")), "x")
