"""Recording helpers: what ends up in the spans, and that the host never notices."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tierscope.errors import InputError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.calls import model_call, tool_call
from tierscope.instrumentation.content import content_hash
from tierscope.instrumentation.recorder import active_recorder, shielded
from tierscope.instrumentation.recording import RunFacts, agent, handoff, invocation, signal
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.testing import CountingClock, ScriptedModel, recorded


def by_agent(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {str(facts(span)[semconv.GEN_AI_AGENT_NAME]): span for span in exporter.get_finished_spans()}


def facts(span: ReadableSpan) -> Mapping[str, object]:
    assert span.attributes is not None
    return span.attributes


def message_text(span: ReadableSpan, name: str) -> str:
    messages = json.loads(str(facts(span)[name]))
    assert [part["type"] for part in messages[0]["parts"]] == ["text"]
    return str(messages[0]["parts"][0]["content"])


def test_nested_invocations_declare_tier_domain_and_parent() -> None:
    with recorded() as exporter, invocation("root", input="Is ACME a buy?") as root:
        with invocation("macro", domain="economy") as macro, invocation("gdp") as gdp:
            gdp.output = "3.2%"
        root.output = "Yes."
    spans = by_agent(exporter)
    assert [facts(spans[name])[semconv.TIERSCOPE_TIER] for name in ("root", "macro", "gdp")] == [0, 1, 2]
    assert facts(spans["gdp"])[semconv.TIERSCOPE_DOMAIN] == "economy"
    assert facts(spans["gdp"])[semconv.TIERSCOPE_PARENT_INVOCATION_ID] == macro.id
    assert facts(spans["macro"])[semconv.TIERSCOPE_PARENT_INVOCATION_ID] == root.id
    assert semconv.TIERSCOPE_PARENT_INVOCATION_ID not in facts(spans["root"])
    assert spans["root"].name == "invoke_agent root"
    assert message_text(spans["root"], semconv.GEN_AI_INPUT_MESSAGES) == "Is ACME a buy?"
    assert message_text(spans["root"], semconv.GEN_AI_OUTPUT_MESSAGES) == "Yes."


def test_run_facts_stand_on_the_root_only() -> None:
    with (
        recorded(project="research", version="2.0") as exporter,
        invocation("root", run=RunFacts(label="ACME", task_type="equity", spawn_limit=2)),
        invocation("leaf"),
    ):
        pass
    spans = by_agent(exporter)
    assert {name: value for name, value in facts(spans["root"]).items() if name.startswith("tierscope.run.")} == {
        semconv.TIERSCOPE_RUN_PROJECT: "research",
        semconv.TIERSCOPE_RUN_VERSION: "2.0",
        semconv.TIERSCOPE_RUN_LABEL: "ACME",
        semconv.TIERSCOPE_RUN_TASK_TYPE: "equity",
    }
    assert facts(spans["root"])[semconv.TIERSCOPE_SPAWN_LIMIT] == 2
    assert not [name for name in facts(spans["leaf"]) if name.startswith("tierscope.run.")]


def test_tier_is_left_open_below_a_foreign_span() -> None:
    with recorded() as exporter, invocation("root"):
        recorder = active_recorder()
        assert recorder is not None
        with recorder.tracer.start_as_current_span("someone else's agent"), invocation("inner"):
            pass
    inner = next(span for span in exporter.get_finished_spans() if span.name == "invoke_agent inner")
    assert semconv.TIERSCOPE_TIER not in facts(inner)


def test_agent_decorator_records_sync_and_async_functions_alike() -> None:
    @agent(role="worker")
    def add(left: int, right: int) -> int:
        return left + right

    @agent("lead", domain="sums")
    async def lead(question: str) -> str:
        return f"{question} {add(1, right=2)}"

    with recorded() as exporter:
        assert asyncio.run(lead("1+2?")) == "1+2? 3"
    spans = by_agent(exporter)
    assert message_text(spans["lead"], semconv.GEN_AI_INPUT_MESSAGES) == "1+2?"
    assert message_text(spans["add"], semconv.GEN_AI_INPUT_MESSAGES) == '{"left":1,"right":2}'
    assert message_text(spans["add"], semconv.GEN_AI_OUTPUT_MESSAGES) == "3"
    assert facts(spans["add"])[semconv.TIERSCOPE_ROLE] == "worker"
    assert facts(spans["add"])[semconv.TIERSCOPE_TIER] == 1


def test_agent_decorator_refuses_a_generator() -> None:
    with pytest.raises(InputError, match=r"open  with invocation\('stream'\)  inside it"):

        @agent()
        def stream() -> Iterator[int]:  # pyright: ignore[reportUnusedFunction] - it is never made
            yield 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError("broken"), "error"),
        (TimeoutError("late"), "timeout"),
        (asyncio.CancelledError(), "cancelled"),
    ],
)
def test_invocation_that_raises_ends_with_its_status_and_lets_the_error_pass(error: BaseException, status: str) -> None:
    with recorded() as exporter, pytest.raises(type(error)), invocation("leaf"):
        raise error
    (span,) = exporter.get_finished_spans()
    assert facts(span)[semconv.TIERSCOPE_STATUS] == status
    assert facts(span)[semconv.ERROR_TYPE] == type(error).__qualname__
    assert not span.status.is_ok


def test_signal_and_handoff_become_events_of_the_current_span() -> None:
    with recorded() as exporter, invocation("leaf"):
        signal("Margin fell to 12%.", critical=True, value=12, unit="%", confidence=0.9, source="filings")
        handoff("auditor", "Check the margin.", task_id="t1", deadline_ms=500)
    (span,) = exporter.get_finished_spans()
    assert [(event.name, dict(event.attributes or {})) for event in span.events] == [
        (
            semconv.EVENT_SIGNAL,
            {
                semconv.SIGNAL_TEXT: "Margin fell to 12%.",
                semconv.SIGNAL_VALUE: 12,
                semconv.SIGNAL_UNIT: "%",
                semconv.SIGNAL_CRITICAL: True,
                semconv.SIGNAL_CONFIDENCE: 0.9,
                semconv.SIGNAL_SOURCE: "filings",
                semconv.SIGNAL_HASH: content_hash("Margin fell to 12%."),
            },
        ),
        (
            semconv.EVENT_HANDOFF,
            {
                semconv.HANDOFF_TO: "auditor",
                semconv.HANDOFF_TEXT: "Check the margin.",
                semconv.HANDOFF_TASK_ID: "t1",
                semconv.HANDOFF_DEADLINE_MS: 500,
            },
        ),
    ]


def test_content_capture_off_keeps_texts_out_and_hashes_in() -> None:
    with recorded(capture_content=False) as exporter, invocation("leaf", input="secret question") as leaf:
        signal("secret finding", critical=True)
        handoff("other", "secret task")
        with model_call("m", prompt="secret prompt") as call:
            call.output, call.output_tokens = "secret answer", 2
        with tool_call("t", arguments={"key": "secret"}) as tool:
            tool.result = "secret row"
        leaf.output = "secret answer"
    spans = exporter.get_finished_spans()
    assert "secret" not in "".join(span.to_json() for span in spans)
    (event, _) = spans[-1].events
    assert dict(event.attributes or {})[semconv.SIGNAL_HASH] == content_hash("secret finding")
    assert facts(spans[0])[semconv.GEN_AI_USAGE_OUTPUT_TOKENS] == 2


def test_scripted_model_is_recorded_as_a_simulated_call_with_tokens() -> None:
    model = ScriptedModel(["First answer.", "Second."], model="small", provider="nobody")

    async def ask() -> list[str]:
        return [(await model.generate("one two three")).text, (await model.generate("next")).text]

    with recorded() as exporter:
        assert asyncio.run(ask()) == ["First answer.", "Second."]
        with pytest.raises(LookupError, match="no answer number 3"):
            asyncio.run(model.generate("more"))
    first, _, failed = exporter.get_finished_spans()
    assert first.name == "chat small"
    assert facts(first)[semconv.GEN_AI_USAGE_INPUT_TOKENS] == 4
    assert facts(first)[semconv.GEN_AI_USAGE_OUTPUT_TOKENS] == 3
    assert facts(first)[semconv.TIERSCOPE_SIMULATED] is True
    assert not failed.status.is_ok
    assert semconv.GEN_AI_USAGE_INPUT_TOKENS not in facts(failed)


def test_times_and_ids_count_so_that_tests_can_state_them() -> None:
    with recorded(clock=CountingClock(start_ns=1000, step_ns=10)) as exporter, invocation("leaf"):
        signal("x")
    (span,) = exporter.get_finished_spans()
    assert (span.start_time, span.events[0].timestamp, span.end_time) == (1000, 1010, 1020)
    assert span.context is not None
    assert (span.context.trace_id, span.context.span_id) == (1, 1)


def test_nothing_is_recorded_and_nothing_fails_without_a_provider() -> None:
    assert active_recorder() is None
    with invocation("leaf", input="x") as leaf:
        signal("y", critical=True)
        handoff("z")
        leaf.output = "done"
    assert leaf.id is None


def test_broken_telemetry_is_counted_and_never_reaches_the_host(caplog: pytest.LogCaptureFixture) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise RuntimeError("no text for you")

    before = shielded.errors
    with recorded() as exporter, invocation("leaf", input=Unprintable()) as leaf:
        leaf.output = Unprintable()
    assert shielded.errors == before + 2
    assert [span.name for span in exporter.get_finished_spans()] == ["invoke_agent leaf"]
    assert "a telemetry call failed and was left out" in caplog.text


def run_python(source: str) -> str:
    """Run ``source`` in a process of its own, since OpenTelemetry's provider can be set only once in each."""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_texts_and_values_that_json_cannot_say_are_recorded_as_near_as_it_can() -> None:
    odd = "report-\udcff.txt"
    itself: list[object] = []
    itself.append(itself)
    with recorded() as exporter:
        for name, given in (("text", odd), ("big", {"n": 2**70}), ("ring", itself), ("key", {odd: 1})):
            with invocation(name, input=given) as active:
                signal(odd, critical=True)
                active.output = odd
    spans = by_agent(exporter)
    read = {name: message_text(span, semconv.GEN_AI_INPUT_MESSAGES) for name, span in spans.items()}
    assert read == {
        "text": "report-?.txt",
        "big": "{'n': 1180591620717411303424}",
        "ring": "[[...]]",
        "key": "{'report-\\udcff.txt': 1}",
    }
    assert {message_text(span, semconv.GEN_AI_OUTPUT_MESSAGES) for span in spans.values()} == {"report-?.txt"}
    [event] = spans["text"].events
    assert event.attributes is not None
    assert event.attributes[semconv.SIGNAL_HASH] == content_hash("report-?.txt")


def test_settings_that_are_not_understood_record_nothing_and_say_so_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "tierscope.toml").write_text("captur_content = false\n")
    program = """
from tierscope.instrumentation import configure, invocation
assert configure("s.duckdb") is None
with invocation("leaf") as leaf:
    leaf.output = "done"
"""
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (ran.returncode, ran.stderr.count("\n")) == (0, 1)
    assert ran.stderr.startswith(
        "tierscope records nothing until this is mended and the program started again: "
        "tierscope.toml has an unknown setting 'captur_content'"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["tierscope.toml"]


def test_configure_makes_a_provider_named_after_the_project() -> None:
    source = """
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tierscope.instrumentation.recording import configure, invocation
memory = InMemorySpanExporter()
assert configure(project="research", version="1.4", processor=SimpleSpanProcessor(memory)) is not None
with invocation("root"):
    pass
(span,) = memory.get_finished_spans()
print(span.resource.attributes["service.name"], span.attributes["tierscope.run.version"])
"""
    assert run_python(source) == "research 1.4"


def test_provider_made_here_keeps_the_events_of_a_wide_fan_out() -> None:
    source = """
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tierscope.instrumentation.recording import configure, handoff, invocation
memory = InMemorySpanExporter()
configure(processor=SimpleSpanProcessor(memory))
with invocation("root"):
    for number in range(1000):
        handoff(f"member{number}")
print(len(memory.get_finished_spans()[0].events))
"""
    assert run_python(source) == "1000"


def test_configure_works_beside_the_provider_of_the_host() -> None:
    source = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tierscope.instrumentation.recording import configure, invocation
host, ours = InMemorySpanExporter(), InMemorySpanExporter()
provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(host))
trace.set_tracer_provider(provider)
configure(processor=SimpleSpanProcessor(ours))
with invocation("root"):
    pass
assert trace.get_tracer_provider() is provider
print(len(host.get_finished_spans()), len(ours.get_finished_spans()))
"""
    assert run_python(source) == "1 1"


def test_configure_with_an_unusable_store_leaves_the_host_running() -> None:
    source = """
from tierscope.instrumentation.recording import configure, invocation
configure("/dev/null/tierscope.duckdb")
with invocation("root") as root:
    root.output = "still here"
print(root.output)
"""
    assert run_python(source) == "still here"


def test_program_that_names_no_store_records_where_the_environment_says(tmp_path: Path) -> None:
    source = f"""
import os
os.environ["TIERSCOPE_STORE"] = {str(tmp_path / "named.duckdb")!r}
from tierscope.instrumentation.recording import configure, invocation
configure(project="research")
with invocation("root"):
    pass
"""
    run_python(source)
    store = Store(tmp_path / "named.duckdb")
    assert store.refresh() == 1
