"""Record what an agent calls, models and tools: spans under its own, plain OpenTelemetry."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Status, StatusCode

from tierscope.instrumentation import semconv
from tierscope.instrumentation.active import AttributeScalar, present
from tierscope.instrumentation.content import message_json, text_of
from tierscope.instrumentation.recorder import active_recorder, shielded


@dataclass(slots=True)
class ModelCall:
    """One request to a model; fill it in before the ``with`` block ends. Unknown tokens stay None."""

    output: str | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None

    def facts(self, *, capture_content: bool) -> dict[str, AttributeScalar]:
        """What the span says about the answer."""
        text = self.output if capture_content else None
        return present(
            {
                semconv.GEN_AI_USAGE_INPUT_TOKENS: self.input_tokens,
                semconv.GEN_AI_USAGE_OUTPUT_TOKENS: self.output_tokens,
                semconv.GEN_AI_OUTPUT_MESSAGES: None if text is None else message_json("assistant", text),
            }
        )


@dataclass(slots=True)
class ToolCall:
    """One call of a tool; fill it in before the ``with`` block ends."""

    result: object = None
    waited_ms: float | None = None
    """How much of the call, from its start, was waiting for a rate limit."""
    cost_usd: float | None = None

    def facts(self, *, capture_content: bool) -> dict[str, AttributeScalar]:
        """What the span says about the result."""
        return present(
            {
                semconv.TIERSCOPE_SOURCE_WAITED_MS: self.waited_ms,
                semconv.TIERSCOPE_SOURCE_COST_USD: self.cost_usd,
                semconv.GEN_AI_TOOL_CALL_RESULT: None
                if self.result is None or not capture_content
                else text_of(self.result),
            }
        )


@contextmanager
def model_call(
    model: str, *, provider: str | None = None, prompt: str | None = None, simulated: bool = False
) -> Generator[ModelCall, None, None]:
    """Record one request to a model.

    Args:
        model: the name it is asked for by.
        provider: who serves it.
        prompt: what it is asked.
        simulated: True where no model is really called, so that nobody takes the cost for money spent.
    """
    call = ModelCall()
    attributes: dict[str, AttributeScalar | None] = {
        semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_CHAT,
        semconv.GEN_AI_REQUEST_MODEL: model,
        semconv.GEN_AI_PROVIDER_NAME: provider,
        semconv.TIERSCOPE_SIMULATED: simulated or None,
    }
    content = {} if prompt is None else {semconv.GEN_AI_INPUT_MESSAGES: message_json("user", prompt)}
    with _recorded(f"{semconv.OPERATION_CHAT} {model}", attributes, content, call):
        yield call


@contextmanager
def tool_call(
    name: str, *, arguments: object = None, source: str | None = None, provider: str | None = None
) -> Generator[ToolCall, None, None]:
    """Record one call of a tool.

    Args:
        name: the tool's name.
        arguments: what it is called with; anything but text is written as JSON.
        source: name of the data source that it reads.
        provider: who serves that source.
    """
    call = ToolCall()
    attributes: dict[str, AttributeScalar | None] = {
        semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_EXECUTE_TOOL,
        semconv.GEN_AI_TOOL_NAME: name,
        semconv.GEN_AI_TOOL_TYPE: None if source is None else "datastore",
        semconv.TIERSCOPE_SOURCE: source,
        semconv.TIERSCOPE_SOURCE_PROVIDER: provider,
    }
    content = {} if arguments is None else {semconv.GEN_AI_TOOL_CALL_ARGUMENTS: text_of(arguments)}
    with _recorded(f"{semconv.OPERATION_EXECUTE_TOOL} {name}", attributes, content, call):
        yield call


@contextmanager
def _recorded(
    name: str,
    attributes: dict[str, AttributeScalar | None],
    content: dict[str, str],
    call: ModelCall | ToolCall,
) -> Generator[None, None, None]:
    """A current span around a call, ended with what ``call`` says then; ``content`` only where captured."""
    recorder = active_recorder()
    if recorder is None:
        yield
        return
    span = recorder.start(name, present({**attributes, **content} if recorder.capture_content else attributes))
    token = otel_context.attach(trace.set_span_in_context(span))
    try:
        yield
    except BaseException as error:
        span.set_attribute(semconv.ERROR_TYPE, type(error).__qualname__)
        span.set_status(Status(StatusCode.ERROR, str(error)))
        raise
    finally:
        with shielded:
            span.set_attributes(call.facts(capture_content=recorder.capture_content))
            recorder.end(span)
            otel_context.detach(token)
