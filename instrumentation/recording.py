"""Record agents of any framework, or of none: plain OpenTelemetry underneath.

    configure(store="tierscope.duckdb", project="research", version="1.4")

    @agent(role="specialist")
    async def gdp_analyst(question: str) -> str: ...

    with invocation("macro", domain="macro", input=question) as macro:
        handoff("gdp_analyst", question)
        macro.output = await gdp_analyst(question)

Nothing here raises into the host: where no tracer provider is configured the calls do nothing, and an error
in telemetry is logged and counted (``shielded.errors``).
"""

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider

from tierscope.errors import InputError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.active import ActiveInvocation, AttributeScalar, current_invocation, present
from tierscope.instrumentation.content import content_hash, message_json, text_of
from tierscope.instrumentation.recorder import MAX_EVENTS, Recorder, active_recorder, set_facts, shielded
from tierscope.instrumentation.redaction.function import RedactFunction
from tierscope.instrumentation.settings import load_settings

STORE_VARIABLE: Final = "TIERSCOPE_STORE"
"""Environment variable that names the store of a program which names none itself."""

P = ParamSpec("P")
R = TypeVar("R")


def configure(
    store: str | Path | None = None,
    *,
    project: str | None = None,
    version: str | None = None,
    processor: SpanProcessor | None = None,
    capture_content: bool | None = None,
    redact: RedactFunction | None = None,
) -> SpanProcessor | None:
    """Start recording: add a processor to the tracer provider, making a provider where there is none.

    Args:
        store: path of the span store; its processor is added. Where None, and without a ``processor``, the
            environment variable ``TIERSCOPE_STORE`` names it, as ``tierscope eval run`` does; where that is not set
            either, only the facts are set.
        project: name of the system under observation; also ``service.name`` of a provider made here.
        version: version of that system, for comparing two of them.
        processor: a span processor of your own, instead of the store's.
        capture_content: False leaves what people, agents, models and tools said out of the spans that are recorded
            here, and of all that the store's processor writes; None for what the settings say.
        redact: your function, given the name and text of every value before the store's processor writes it; it
            returns the text to store, or None for none. See docs/redaction.md.

    Returns:
        The processor that was added (call its ``force_flush`` before you read the store), or None where
        nothing was added, because none was asked for or setting it up failed: that is logged, never raised. Settings
        that cannot be understood fail it too, since nobody knows what they want redacted.
    """
    added: SpanProcessor | None = None
    with shielded:
        captures = load_settings().settings.capture_content if capture_content is None else capture_content
        set_facts(project, version, capture_content=captures)
        path = store or os.environ.get(STORE_VARIABLE)
        chosen = processor
        if chosen is None and path:
            from tierscope.instrumentation.processor import StoreSpanProcessor  # loads Arrow: only where it is used

            chosen = StoreSpanProcessor(path, redact=redact, capture_content=captures)
        if chosen is not None:
            _provider(project).add_span_processor(chosen)
            added = chosen
    return added


def _provider(project: str | None) -> TracerProvider:
    """The host's tracer provider where it has one, else a new one, made global."""
    provider = trace.get_tracer_provider()
    if isinstance(provider, TracerProvider):
        return provider
    resource = Resource.create({"service.name": project or "tierscope"})
    made = TracerProvider(resource=resource, span_limits=SpanLimits(max_events=MAX_EVENTS))
    trace.set_tracer_provider(made)
    return made


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the root span says about its run, beside project and version."""

    id: str | None = None
    """Declared run id; None for the trace id."""
    label: str | None = None
    """What a person calls this run, such as a scenario or a ticker."""
    task_type: str | None = None
    spawn_limit: int | None = None
    """Deepest tier that may be spawned; the root is 0."""


def invocation(
    name: str,
    *,
    tier: int | None = None,
    domain: str | None = None,
    role: str | None = None,
    input: object = None,  # noqa: A002 - the field's word; nobody reads stdin here
    task_id: str | None = None,
    run: RunFacts | None = None,
) -> ActiveInvocation:
    """Record what happens inside the ``with`` block as one invocation of an agent.

    Args:
        name: the agent's name.
        tier: number of agents above it; by default one more than the enclosing invocation, 0 at the top.
        domain: subject area; by default that of the enclosing invocation.
        role: declared role, such as executive, manager, specialist, worker.
        input: what the agent was given; anything but text is written as JSON.
        task_id: id of the task that was handed to it.
        run: facts of the run; only a root needs them.
    """
    recorder = active_recorder()
    if recorder is None:
        return ActiveInvocation(None, tier, domain, {})
    parent = current_invocation()
    if tier is None:
        tier = _tier_below(parent)
    if domain is None and parent is not None:
        domain = parent.domain
    facts = present(
        {
            semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_INVOKE_AGENT,
            semconv.GEN_AI_AGENT_NAME: name,
            semconv.GEN_AI_AGENT_ID: name,
            semconv.TIERSCOPE_TIER: tier,
            semconv.TIERSCOPE_DOMAIN: domain,
            semconv.TIERSCOPE_ROLE: role,
            semconv.TIERSCOPE_TASK_ID: task_id,
        }
    )
    with shielded:
        if input is not None and recorder.capture_content:
            facts[semconv.GEN_AI_INPUT_MESSAGES] = message_json("user", text_of(input))
        if parent is None or run is not None:
            facts |= _run_attributes(recorder, run or RunFacts())
    return ActiveInvocation(recorder, tier, domain, facts)


def _tier_below(parent: ActiveInvocation | None) -> int | None:
    """One more than the enclosing invocation; None below a foreign span, which may be an agent."""
    current = trace.get_current_span()
    if parent is None:
        return None if current.get_span_context().is_valid else 0
    return parent.tier + 1 if parent.tier is not None and current is parent.span else None


def _run_attributes(recorder: Recorder, run: RunFacts) -> dict[str, AttributeScalar]:
    return present(
        {
            semconv.TIERSCOPE_RUN_ID: run.id,
            semconv.TIERSCOPE_RUN_PROJECT: recorder.project,
            semconv.TIERSCOPE_RUN_VERSION: recorder.version,
            semconv.TIERSCOPE_RUN_TASK_TYPE: run.task_type,
            semconv.TIERSCOPE_RUN_LABEL: run.label,
            semconv.TIERSCOPE_SPAWN_LIMIT: run.spawn_limit,
        }
    )


def agent(
    name: str | None = None, *, tier: int | None = None, domain: str | None = None, role: str | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Record every call of a function, sync or async, as one invocation of an agent.

    The arguments are its input (a single one as it is, several as JSON by name), what it returns is its
    output.

    Args:
        name: the agent's name; by default the function's.
        tier: see ``invocation``.
        domain: see ``invocation``.
        role: see ``invocation``.

    Raises:
        InputError: the function is a generator, whose calls end before its work does.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise InputError(
                f"@agent cannot record the generator {function.__qualname__!r}: "
                f"open  with invocation({function.__name__!r})  inside it."
            )
        label = name or function.__name__
        signature = inspect.signature(function)

        def opened(*args: P.args, **kwargs: P.kwargs) -> ActiveInvocation:
            given = _given(signature, args, kwargs) if active_recorder() is not None else None
            return invocation(label, tier=tier, domain=domain, role=role, input=given)

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def recorded_async(*args: P.args, **kwargs: P.kwargs) -> Any:  # noqa: ANN401 - R, awaited
                with opened(*args, **kwargs) as active:
                    active.output = output = await function(*args, **kwargs)
                    return output

            return cast("Callable[P, R]", recorded_async)

        @functools.wraps(function)
        def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
            with opened(*args, **kwargs) as active:
                active.output = output = function(*args, **kwargs)
                return output

        return recorded

    return decorate


def _given(signature: inspect.Signature, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    """The arguments of a call as its input; a wrong call is left to the function itself to refuse."""
    with shielded:
        named = dict(signature.bind(*args, **kwargs).arguments)
        named.pop("self", None)
        return next(iter(named.values())) if len(named) == 1 else named
    return None


def signal(
    text: str,
    *,
    critical: bool = False,
    value: float | str | None = None,
    unit: str | None = None,
    confidence: float | None = None,
    source: str | None = None,
) -> None:
    """Declare one atomic piece of information that the current agent found.

    Args:
        text: the finding, in one sentence.
        critical: it must reach the root verbatim.
        value: its figure, where it has one.
        unit: unit of ``value``.
        confidence: 0 to 1.
        source: name of the data source it comes from.
    """
    _event(
        semconv.EVENT_SIGNAL,
        {
            semconv.SIGNAL_VALUE: value,
            semconv.SIGNAL_UNIT: unit,
            semconv.SIGNAL_CRITICAL: critical,
            semconv.SIGNAL_CONFIDENCE: confidence,
            semconv.SIGNAL_SOURCE: source,
            semconv.SIGNAL_HASH: content_hash(text),
        },
        {semconv.SIGNAL_TEXT: text},
    )


def handoff(to: str, text: str | None = None, *, task_id: str | None = None, deadline_ms: float | None = None) -> None:
    """Record that the current agent gives work to another.

    Args:
        to: name of the agent that receives it.
        text: what it was asked.
        task_id: id of the task, the same as on the receiver's invocation.
        deadline_ms: how long it has.
    """
    _event(
        semconv.EVENT_HANDOFF,
        {
            semconv.HANDOFF_TO: to,
            semconv.HANDOFF_TASK_ID: task_id,
            semconv.HANDOFF_DEADLINE_MS: deadline_ms,
        },
        {semconv.HANDOFF_TEXT: text},
    )


def _event(
    name: str,
    facts: Mapping[str, AttributeScalar | None],
    content: Mapping[str, AttributeScalar | None],
) -> None:
    """Add an event to the current span, whoever started it; ``content`` only where texts are captured."""
    recorder = active_recorder()
    if recorder is None:
        return
    with shielded:
        attributes = present({**content, **facts} if recorder.capture_content else facts)
        trace.get_current_span().add_event(name, attributes, timestamp=recorder.now())
