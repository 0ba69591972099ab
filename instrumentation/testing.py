"""What tests of instrumented code need: spans in memory, ids and times that count, a scripted model.

with recorded() as exporter:
    answer = my_agent("question")
assert [span.name for span in exporter.get_finished_spans()] == ["invoke_agent my_agent"]
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator

from tierscope.instrumentation.calls import model_call
from tierscope.instrumentation.recorder import MAX_EVENTS, Recorder, using


class CountingIds(IdGenerator):
    """Trace and span ids 1, 2, 3, ...: the same in every run of a test."""

    def __init__(self) -> None:
        self._traces = count(1)
        self._spans = count(1)

    def generate_span_id(self) -> int:
        """The next span id."""
        return next(self._spans)

    def generate_trace_id(self) -> int:
        """The next trace id."""
        return next(self._traces)


class CountingClock:
    """A clock that moves on by ``step_ns`` at every look.

    Args:
        start_ns: Unix time of the first look.
        step_ns: how far it moves.
    """

    def __init__(self, start_ns: int = 1_700_000_000_000_000_000, step_ns: int = 1_000_000) -> None:
        self._times = count(start_ns, step_ns)

    def __call__(self) -> int:
        """The time, in Unix nanoseconds."""
        return next(self._times)


@contextmanager
def recorded(
    *,
    clock: Callable[[], int] | None = None,
    capture_content: bool = True,
    project: str | None = None,
    version: str | None = None,
) -> Generator[InMemorySpanExporter, None, None]:
    """Record into memory inside the block, with counting ids, whatever provider the process has.

    Args:
        clock: times of the spans; None for real ones.
        capture_content: see ``configure``.
        project: see ``configure``.
        version: see ``configure``.
    """
    exporter = InMemorySpanExporter()
    limits = SpanLimits(max_events=MAX_EVENTS)
    provider = TracerProvider(id_generator=CountingIds(), span_limits=limits, shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    recorder = Recorder(
        tracer=provider.get_tracer("tierscope"),
        capture_content=capture_content,
        project=project,
        version=version,
        clock=clock,
    )
    with using(recorder):
        yield exporter
    provider.shutdown()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a scripted model answered."""

    text: str
    input_tokens: int
    output_tokens: int


class ScriptedModel:
    """A model that answers from a script, at once or after a wait, and is recorded like a real one.

    Tokens are estimated from the text (four for three words), and every call is marked as simulated.

    Args:
        script: the answers in order, or a function from prompt to answer.
        model: name it is recorded and priced under.
        provider: who would serve it.
        latency_s: wait before each answer.
        sleep: how it waits; for a test that has a clock of its own.
    """

    def __init__(
        self,
        script: Sequence[str] | Callable[[str], str],
        *,
        model: str = "scripted",
        provider: str = "tierscope",
        latency_s: float = 0.0,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._answers = script if callable(script) else None
        self._lines = iter(()) if callable(script) else iter(script)
        self._model = model
        self._provider = provider
        self._latency_s = latency_s
        self._sleep = sleep
        self.prompts: list[str] = []

    async def generate(self, prompt: str) -> Reply:
        """Answer ``prompt`` with the script's next line.

        Raises:
            LookupError: the script has no further line.
        """
        self.prompts.append(prompt)
        with model_call(self._model, provider=self._provider, prompt=prompt, simulated=True) as call:
            if self._latency_s > 0:
                await self._sleep(self._latency_s)
            text = self._answer(prompt)
            call.output = text
            call.input_tokens = estimate_tokens(prompt)
            call.output_tokens = estimate_tokens(text)
        return Reply(text, call.input_tokens, call.output_tokens)

    def _answer(self, prompt: str) -> str:
        if self._answers is not None:
            return self._answers(prompt)
        for line in self._lines:
            return line
        raise LookupError(
            f"the script of model {self._model!r} has no answer number {len(self.prompts)}: add one to it."
        )


def estimate_tokens(text: str) -> int:
    """Four tokens for three words, rounded up."""
    return math.ceil(len(text.split()) * 4 / 3)
