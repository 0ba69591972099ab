"""Pipelines, aggregation strategies, the three variants, and any of them inside another."""

import asyncio

import pytest
from pydantic import BaseModel

from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    Joined,
    Limits,
    Orchestrator,
    Pipeline,
    Result,
    RunFailedError,
    SendBack,
    Task,
    current,
    run_sync,
    start,
    structured_merge,
    vote,
)


class Pages(BaseModel):
    urls: list[str]


class Ranked(BaseModel):
    best: str


async def search(task: Task) -> Pages:
    return Pages(urls=[f"{task.intent}/1", f"{task.intent}/2"])


async def read(task: Task) -> dict[str, str]:
    pages = task.inputs["search"].value
    assert isinstance(pages, Pages)
    return {"best": pages.urls[0]}


async def write(task: Task) -> str:
    ranked = task.inputs["read"].value
    assert isinstance(ranked, Ranked)
    return f"report on {ranked.best}"


def test_pipeline_hands_typed_values_from_step_to_step() -> None:
    steps = [Agent("search", search), Agent("read", read, accepts=Pages), Agent("write", write, accepts=Ranked)]
    assert run_sync(Pipeline("research", steps), "acme").text == "report on acme/1"


def test_handoff_error_names_producer_consumer_and_field() -> None:
    async def forgets(_task: Task) -> dict[str, str]:
        return {"link": "acme/1"}

    steps = [Agent("search", forgets), Agent("read", read, accepts=Pages)]
    with pytest.raises(
        RunFailedError,
        match=r"search -> read: field 'urls': Field required; make search return it, or change what read accepts",
    ):
        run_sync(Pipeline("research", steps), "acme")


def test_value_of_the_wrong_type_is_an_invalid_result_with_the_value_attached() -> None:
    root = Orchestrator("root", [Agent("search", read_nothing, returns=Pages), Agent("other", read_nothing)])
    (gap,) = run_sync(root, "x").gaps
    assert gap.token.status == "invalid"
    assert gap.token.reason == "its value is no Pages: field 'urls': Field required"
    assert gap.token.partial[0].value == {"found": 0}


async def read_nothing(_task: Task) -> dict[str, int]:
    return {"found": 0}


def test_failing_step_ends_the_pipeline_with_the_earlier_results_attached() -> None:
    async def breaks(_task: Task) -> str:
        raise OSError("disk full")

    root = Orchestrator(
        "root", [Pipeline("line", [Agent("search", search), Agent("breaks", breaks)]), Agent("x", search)]
    )
    (gap,) = (gap for gap in run_sync(root, "acme").gaps if gap.path == "root")
    assert gap.token.reason.startswith("JoinFailedError: line: step line: error, OSError: disk full")
    assert [partial.value for partial in gap.token.partial] == [Pages(urls=["acme/1", "acme/2"])]


def test_gate_sends_back_with_feedback_until_it_is_content() -> None:
    async def develops(task: Task) -> str:
        return "fixed code" if task.feedback else "code"

    async def tests(task: Task) -> str:
        return "pass" if "fixed" in task.inputs["develop"].text else "fail: no null check"

    def gate(step: str, result: Result) -> SendBack | None:
        return SendBack("develop", result.text) if step == "test" and "fail" in result.text else None

    company = Pipeline("company", [Agent("develop", develops), Agent("test", tests)], gate=gate)
    report = run_sync(company, "x")
    assert (report.text, report.agents) == ("pass", 5)


def test_gate_that_is_never_content_fails_the_pipeline() -> None:
    pipeline = Pipeline(
        "line", [Agent("search", search)], gate=lambda _step, _result: SendBack("search", "more"), rounds=2
    )
    with pytest.raises(RunFailedError, match=r"line: sent back 3 times, at last: more"):
        run_sync(pipeline, "x")


def test_pipeline_inside_fan_out_leaks_no_state_of_its_steps() -> None:
    async def fetch(task: Task) -> str:
        current().state["raw"] = task.intent
        return "fetched"

    async def score(_task: Task) -> str:
        return f"score of {current().state['raw']}"

    async def peek(_task: Task) -> str:
        return f"raw: {current().state.get('raw')}"

    feeds = [Pipeline(f"feed{number}", [Agent("fetch", fetch), Agent("score", score)]) for number in range(3)]
    plan = [Task(to=feed.name, intent=feed.name) for feed in feeds]
    plan.append(Task(to="peek", intent="p", needs=("feed0",)))
    report = run_sync(Orchestrator("root", [*feeds, Agent("peek", peek)], plan=lambda _task: plan), "x")
    assert report.text == ("feed0: score of feed0\nfeed1: score of feed1\nfeed2: score of feed2\npeek: raw: None")
    assert report.max_depth == 2


def joined(**values: object) -> Joined:
    return Joined({name: Result(text=str(value), value=value, confidence=0.5) for name, value in values.items()})


def test_structured_merge_keeps_the_surer_of_two_contradicting_values() -> None:
    results = {
        "a": Result(value={"price": 10, "size": 1}, confidence=0.4),
        "b": Result(value={"price": 12}, confidence=0.9),
        "c": Result(value={"price": 11}, confidence=0.2),
        "d": Result(text="plain"),
    }
    merged = structured_merge(Task(intent="x"), Joined(results))
    assert merged.value == {"price": 12, "size": 1, "d": "plain"}
    assert [(conflict.kept, conflict.dropped) for conflict in merged.conflicts] == [("12", "10"), ("12", "11")]


def test_vote_takes_the_majority_and_of_equals_the_first() -> None:
    won = vote(Task(intent="x"), joined(a="buy", b="sell", c="buy"))
    assert won.value == "buy"
    assert won.confidence == pytest.approx(2 / 3)
    assert [(conflict.dropped, conflict.why) for conflict in won.conflicts] == [("sell", "2 votes against 1")]
    assert vote(Task(intent="x"), joined(a=1, b=2)).value == 1
    assert vote(Task(intent="x"), Joined()).empty


async def leaf(task: Task) -> str:
    return f"leaf {task.intent}"


def test_adaptive_orchestrator_does_simple_tasks_itself() -> None:
    lead = Orchestrator(
        "lead", [Agent("one", leaf), Agent("two", leaf)], spawn_if=lambda task: "hard" in task.intent, work=leaf
    )
    with recorded() as exporter:
        simple = run_sync(lead, "simple")
    assert (simple.text, simple.agents) == ("leaf simple", 1)
    assert (exporter.get_finished_spans()[0].attributes or {})[semconv.TIERSCOPE_AS_LEAF] is True
    assert run_sync(lead, "hard").agents == 3


def test_lazy_tier_spawns_only_relevant_domains_and_records_the_skipped() -> None:
    domains = [
        Orchestrator("macro", [Agent("gdp", leaf)], relevant=lambda task: "rates" in task.intent),
        Orchestrator("company", [Agent("filings", leaf)], relevant=lambda task: "ACME" in task.intent),
    ]
    with recorded() as exporter:
        report = run_sync(Orchestrator("root", domains), "ACME")
    assert (report.text, report.agents) == ("company: filings: leaf ACME", 3)
    root = exporter.get_finished_spans()[-1]
    skipped = [event for event in root.events if event.name == semconv.EVENT_MEMBER_SKIPPED]
    assert [(event.attributes or {})[semconv.SKIPPED_MEMBER] for event in skipped] == ["macro"]


def count_up(_task: Task, so_far: Result | None, news: Result) -> Result:
    return Result(text=news.text if so_far is None else f"{so_far.text} {news.text}")


def test_event_driven_tier_updates_its_synthesis_as_results_come() -> None:
    async def pushes(_task: Task) -> str:
        current().push("b1")
        await asyncio.sleep(0)
        current().push("b2")
        return "b3"

    async def quick(_task: Task) -> str:
        return "a"

    plan = [Task(to="quick", intent="a"), Task(to="pushes", intent="b", needs=("quick",))]
    root = Orchestrator(
        "root", [Agent("quick", quick), Agent("pushes", pushes)], plan=lambda _task: plan, update=count_up
    )
    with recorded() as exporter:
        report = run_sync(root, "x")
    assert report.text == "a b1 b2 b3"
    partials = [
        (event.attributes or {})[semconv.PARTIAL_TEXT]
        for event in exporter.get_finished_spans()[-1].events
        if event.name == semconv.EVENT_PARTIAL
    ]
    assert partials == ["a", "a b1", "a b1 b2", "a b1 b2 b3"]


def test_consumers_read_partial_syntheses_before_the_run_ends() -> None:
    async def scenario() -> str | None:
        released = asyncio.Event()

        async def slow(_task: Task) -> str:
            await released.wait()
            return "late"

        root = Orchestrator("root", [Agent("quick", leaf), Agent("slow", slow)], update=count_up)
        async with start(root, "x") as running, asyncio.timeout(60):
            while running.status()[0].partial is None:  # noqa: ASYNC110 - a status has no event to wait for
                await asyncio.sleep(0)
            early = running.status()[0].partial
            released.set()
            await running.wait()
            return early

    assert asyncio.run(scenario()) == "leaf x"


def test_pushes_from_a_thread_arrive_as_well() -> None:
    def blocking(_task: Task) -> str:
        current().push("half")
        return "whole"

    assert run_sync(Orchestrator("root", [Agent("sync", blocking)], update=count_up), "x").text == "half whole"


def test_dynamic_tree_grows_by_what_agents_find() -> None:
    async def triage(task: Task) -> str:
        if current().may_spawn and task.intent.endswith("?"):
            outcome = await current().spawn_all([(Agent("db", leaf), "queries"), (Agent("deploys", leaf), "history")])
            return " + ".join(result.text for result in outcome.results.values())
        return "nothing to see"

    report = run_sync(Agent("triage", triage), "why?", limits=Limits(depth=1))
    assert report.text == "leaf queries + leaf history"
