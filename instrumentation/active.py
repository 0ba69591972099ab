"""The span of an agent at work, and which agent is at work here."""

import asyncio
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Final, TypeAlias

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import Span, Status, StatusCode

from tierscope.instrumentation import semconv
from tierscope.instrumentation.content import message_json, text_of
from tierscope.instrumentation.recorder import Recorder, shielded

AttributeScalar: TypeAlias = str | bool | int | float
EventValue: TypeAlias = AttributeScalar | Sequence[str]


class ActiveInvocation:
    """One agent at work: a span that is current inside the ``with`` block.

    Set ``output`` before the block ends. ``status`` follows from what the block raised; set it where a
    failure was handled. Without a recorder the block costs next to nothing and records nothing.
    """

    __slots__ = ("_attributes", "_recorder", "_tokens", "domain", "id", "message", "output", "span", "status", "tier")

    def __init__(
        self,
        recorder: Recorder | None,
        tier: int | None,
        domain: str | None,
        attributes: dict[str, AttributeScalar],
    ) -> None:
        self._recorder = recorder
        self._attributes = attributes
        self._tokens: tuple[Token[otel_context.Context], Token[ActiveInvocation | None]] | None = None
        self.tier = tier
        self.domain = domain
        self.id: str | None = None
        """``trace_id:span_id``; None before the block is entered."""
        self.output: object = None
        self.span: Span = trace.INVALID_SPAN
        self.status: str | None = None
        self.message: str | None = None
        """Why it did not end well, where nothing was raised."""

    def __enter__(self) -> "ActiveInvocation":
        if self._recorder is not None:
            with shielded:
                self._start(self._recorder)
        return self

    def _start(self, recorder: Recorder) -> None:
        above = current_invocation()
        if above is not None and above.id is not None:
            self._attributes[semconv.TIERSCOPE_PARENT_INVOCATION_ID] = above.id
        name = self._attributes[semconv.GEN_AI_AGENT_NAME]
        self.span = recorder.start(f"{semconv.OPERATION_INVOKE_AGENT} {name}", self._attributes)
        context = self.span.get_span_context()
        self.id = f"{context.trace_id:032x}:{context.span_id:016x}"
        self.span.set_attribute(semconv.TIERSCOPE_INVOCATION_ID, self.id)
        self._tokens = (otel_context.attach(trace.set_span_in_context(self.span)), _current.set(self))

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self._recorder is None or self._tokens is None:
            return
        with shielded:
            self._describe_end(self._recorder, error)
        with shielded:
            self._recorder.end(self.span)
        with shielded:
            _current.reset(self._tokens[1])
            otel_context.detach(self._tokens[0])

    def _describe_end(self, recorder: Recorder, error: BaseException | None) -> None:
        if self.output is not None and recorder.capture_content:
            self.set(semconv.GEN_AI_OUTPUT_MESSAGES, message_json("assistant", text_of(self.output)))
        if error is not None:
            self.status = self.status or status_of(error)
            self.set(semconv.ERROR_TYPE, type(error).__qualname__)
            self.span.set_status(Status(StatusCode.ERROR, str(error)))
        elif self.status not in (None, "ok"):
            self.span.set_status(Status(StatusCode.ERROR, self.message or self.status))
        if self.status is not None:
            self.set(semconv.TIERSCOPE_STATUS, self.status)

    @property
    def trace_id(self) -> str | None:
        """Trace that the span belongs to; None where nothing is recorded."""
        return None if self.id is None else self.id.partition(":")[0]

    def set(self, name: str, value: AttributeScalar) -> None:
        """Set one attribute of the span."""
        self.span.set_attribute(name, value)

    def event(self, name: str, attributes: Mapping[str, EventValue | None]) -> None:
        """Add an event to the span; attributes that are None are left out."""
        if self._recorder is not None:
            with shielded:
                said = {key: value for key, value in attributes.items() if value is not None}
                self.span.add_event(name, said, timestamp=self._recorder.now())


@contextmanager
def inside(active: ActiveInvocation) -> Generator[None, None, None]:
    """Work on behalf of ``active`` inside the block: what is started there stands below its span."""
    token = _current.set(active)
    try:
        with trace.use_span(active.span, record_exception=False, set_status_on_exception=False):
            yield
    finally:
        _current.reset(token)


def status_of(error: BaseException) -> str:
    """``timeout``, ``cancelled`` or ``error``, by what ended an invocation."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return "cancelled"
    return "error"


def present(attributes: Mapping[str, AttributeScalar | None]) -> dict[str, AttributeScalar]:
    """``attributes`` without those that are None: OpenTelemetry has no null."""
    return {name: value for name, value in attributes.items() if value is not None}


def current_invocation() -> ActiveInvocation | None:
    """The innermost invocation that is recorded here, by this process."""
    return _current.get()


_current: Final[ContextVar[ActiveInvocation | None]] = ContextVar("tierscope_invocation", default=None)
