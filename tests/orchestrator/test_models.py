"""Pydantic AI agents as leaves, planners and synthesizers: typed, within budgets, recorded; no network."""

import asyncio

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import BaseModel
from pydantic_ai import Agent as ModelAgent
from pydantic_ai import models
from pydantic_ai.capabilities import Instrumentation
from pydantic_ai.messages import ModelMessage, ModelResponse, TextPart, ToolCallPart, ToolReturnPart
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.test import TestModel

from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator import (
    Agent,
    Brief,
    Budget,
    Orchestrator,
    Result,
    RunFailedError,
    Task,
    run_sync,
)
from tierscope.orchestrator.models import leaf, planner, synthesizer

models.ALLOW_MODEL_REQUESTS = False


def says(*answers: str | dict[str, object]) -> tuple[FunctionModel, list[str]]:
    """A model that gives these answers in turn, a text or the arguments of its output tool; and what it was told."""
    waiting, told = list(answers), list[str]()

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        told.append("\n".join(str(getattr(part, "content", "")) for part in messages[-1].parts))
        said = waiting.pop(0)
        if isinstance(said, str):
            return ModelResponse(parts=[TextPart(said)])
        return ModelResponse(parts=[ToolCallPart(info.output_tools[0].name, said)])

    return FunctionModel(answer), told


def named(spans: tuple[ReadableSpan, ...], prefix: str) -> list[ReadableSpan]:
    return [span for span in spans if span.name.startswith(prefix)]


async def answers(task: Task) -> str:
    return f"answer to {task.intent}"


class Figure(BaseModel):
    """What the analyst returns."""

    growth: float


def test_leaf_asks_its_model_and_returns_typed_output() -> None:
    model, told = says({"growth": 2.1})
    gdp = Agent("gdp", leaf(ModelAgent(model, output_type=Figure)), returns=Figure)
    report = run_sync(gdp, Task(intent="How fast does GDP grow?", requirements=("in percent",)))
    assert report.result is not None
    assert report.result.value == Figure(growth=2.1)
    assert "How fast does GDP grow?\nRequired: in percent" in told[0]


def test_leaf_whose_model_writes_a_result_declares_signals() -> None:
    model, _ = says({"text": "Clean.", "signals": [{"text": "Note 14: an SEC inquiry.", "critical": True}]})
    report = run_sync(Agent("filings", leaf(ModelAgent(model, output_type=Result))), "x")
    assert [kept.signal.text for kept in report.critical] == ["Note 14: an SEC inquiry."]
    assert report.text.endswith("- Note 14: an SEC inquiry.")


def test_request_is_booked_and_recorded_with_its_tokens_below_the_invocation() -> None:
    agent = ModelAgent(TestModel(custom_output_text="2.1%"))
    with recorded() as exporter:
        report = run_sync(Agent("gdp", leaf(agent)), "How fast?", budget=Budget(tokens=2000))
    chat, invocation = exporter.get_finished_spans()
    facts = dict(chat.attributes or {})
    above = invocation.get_span_context()
    assert chat.name == "chat test"
    assert chat.parent is not None
    assert above is not None
    assert chat.parent.span_id == above.span_id
    tokens = [facts[semconv.GEN_AI_USAGE_INPUT_TOKENS], facts[semconv.GEN_AI_USAGE_OUTPUT_TOKENS]]
    assert report.tokens == sum(int(str(each)) for each in tokens) > 0
    assert "2.1%" in str(facts[semconv.GEN_AI_OUTPUT_MESSAGES])


def test_request_that_does_not_fit_into_the_budget_is_not_made() -> None:
    model, told = says("unreached")
    with pytest.raises(RunFailedError, match=r"budget, 1\d\d\d tokens do not fit into the 900 left of 900"):
        run_sync(Agent("gdp", leaf(ModelAgent(model))), "x", budget=Budget(tokens=900))
    assert told == []


def test_tool_calls_of_the_model_are_recorded() -> None:
    def model(messages: list[ModelMessage], _info: AgentInfo) -> ModelResponse:
        if any(isinstance(part, ToolReturnPart) for part in messages[-1].parts):
            return ModelResponse(parts=[TextPart("it rained")])
        return ModelResponse(parts=[ToolCallPart("weather", {"city": "Oslo"})])

    agent = ModelAgent(FunctionModel(model))

    @agent.tool_plain
    def weather(city: str) -> str:
        return f"rain in {city}"

    with recorded() as exporter:
        assert run_sync(Agent("gdp", leaf(agent)), "x").text == "it rained"
    first, tool, second, _ = exporter.get_finished_spans()
    assert [first.name, tool.name, second.name] == [
        "chat function:model:",
        "execute_tool weather",
        "chat function:model:",
    ]
    facts = dict(tool.attributes or {})
    assert facts[semconv.GEN_AI_TOOL_CALL_ARGUMENTS] == '{"city":"Oslo"}'
    assert facts[semconv.GEN_AI_TOOL_CALL_RESULT] == "rain in Oslo"


def test_agent_that_records_itself_stands_below_the_invocation_and_is_not_recorded_twice() -> None:
    theirs = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(theirs))
    own = Instrumentation(settings=InstrumentationSettings(tracer_provider=provider))
    agent = ModelAgent(TestModel(custom_output_text="2.1%"), capabilities=[own])
    with recorded() as exporter:
        report = run_sync(Agent("gdp", leaf(agent)), "x")
    (invocation,) = exporter.get_finished_spans()
    above = invocation.get_span_context()
    assert above is not None
    chat, run = theirs.get_finished_spans()
    assert (chat.name, run.parent.span_id if run.parent else None) == ("chat test", above.span_id)
    assert report.tokens == sum(
        int(str((chat.attributes or {})[name]))
        for name in (semconv.GEN_AI_USAGE_INPUT_TOKENS, semconv.GEN_AI_USAGE_OUTPUT_TOKENS)
    )


def test_planner_may_only_name_members_and_a_wrong_plan_goes_back_to_the_model() -> None:
    circle = [
        {"to": "gdp", "intent": "a", "id": "a", "needs": ["b"]},
        {"to": "fx", "intent": "b", "id": "b", "needs": ["a"]},
    ]
    model, told = says(
        {"tasks": [{"to": "nobody", "intent": "dream"}]},
        {"tasks": circle},
        {"tasks": [{"to": "fx", "intent": "the krona"}]},
    )
    team = [Agent("gdp", answers, capabilities=("growth",)), Agent("fx", answers)]
    agent = ModelAgent(model, retries=3)
    with recorded() as exporter:
        report = run_sync(Orchestrator("macro", team, plan=planner(agent)), "Which way does Sweden go?")
    assert report.text == "fx: answer to the krona"
    assert "- gdp: member, growth" in told[0]
    assert "Input should be 'gdp' or 'fx'" in told[1]
    assert "tasks wait for each other" in told[2]
    spans = exporter.get_finished_spans()
    (phase,) = named(spans, "plan macro")
    context = phase.get_span_context()
    assert context is not None
    chats = named(spans, "chat ")
    assert len(chats) == 3
    assert {span.parent.span_id if span.parent else None for span in chats} == {context.span_id}


def test_synthesizer_is_given_results_and_gaps_and_cannot_make_gaps_up() -> None:
    model, told = says({"text": "Growth holds.", "risks": ["rates"], "conviction": 0.6, "flags": ["no currency view"]})

    async def hangs(_task: Task) -> str:
        await asyncio.Event().wait()
        return "unreached"

    team = [Agent("gdp", answers), Agent("fx", hangs, deadline_s=0.05)]
    root = Orchestrator("macro", team, synthesize=synthesizer(ModelAgent(model), kind=Brief))
    report = run_sync(root, "Sweden?")
    assert isinstance(report.result, Brief)
    brief = report.result
    assert (brief.text, brief.risks, brief.conviction) == ("Growth holds.", ("rates",), 0.6)
    assert [token.member for token in brief.gaps] == ["fx"]
    assert "## gdp\nanswer to Sweden?" in told[0]
    assert "- fx: timeout, missed its deadline of 0.05 s; partial results: none" in told[0]
