"""Spans that hold secrets wherever a span can hold a text."""

import base64
from typing import TYPE_CHECKING, Final

import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Link, SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import Span

if TYPE_CHECKING:
    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

EMAIL: Final = "jane.doe@clinic.example"
CARD: Final = "4111 1111 1111 1111"
KEY: Final = "sk-proj-Zk3v9Qw8Er7Ty6Ui5Op4"
ACCOUNT: Final = "DE89370400440532013000"
PHONE: Final = "+49 30 901820"
CASE: Final = "CASE-4711-KRAUSE"
"""Found by a pattern of one's own."""
PASSWORD: Final = "tr0ub4dor-and-three"
"""Found by the name of the field that holds it."""
SECRETS: Final = (EMAIL, CARD, CARD.replace(" ", ""), KEY, ACCOUNT, PHONE, CASE, PASSWORD)

SETTINGS: Final = """
[redaction]
detect = ["all"]
patterns = { case = 'CASE-\\d+-[A-Z]+' }
"""

_SENTENCE: Final = f"Ask {EMAIL} or {PHONE} about {CASE}: card {CARD}, account {ACCOUNT}, key {KEY}."
_NESTED: Final = orjson.dumps(
    [{"role": "user", "parts": [{"content": f"line\n{EMAIL}", "arguments": orjson.dumps({"to": _SENTENCE}).decode()}]}]
).decode()
ATTRIBUTES: Final[dict[str, str | bool | int | list[str] | bytes]] = {
    "gen_ai.operation.name": "invoke_agent",
    "gen_ai.agent.name": "clerk",
    "gen_ai.input.messages": _NESTED,
    "gen_ai.output.messages": orjson.dumps([{"content": _SENTENCE.replace("@", "\\u0040")}]).decode(),
    "escaped": '{"mail": "' + EMAIL.replace("@", "\\u0040") + '"}',
    "twice": f'{{"mail": "{EMAIL}", "mail": "none"}}',
    "tool.parameters": orjson.dumps({"login": {"user": "jane", "password": PASSWORD}}).decode(),
    "many": [_SENTENCE, _NESTED],
    "number": int(CARD.replace(" ", "")),
    "raw": _SENTENCE.encode(),
    "packed": base64.b64encode(_SENTENCE.encode()).decode(),
    f"baggage.{EMAIL}": "in a name",
    "http.url": f"https://jane:{PASSWORD}@host.example/path",
    "db.password": PASSWORD,
}


def make_leaking_request() -> ExportTraceServiceRequest:
    """A parent and a child in OTLP; the child's parent, ids and times have to survive."""
    request = ExportTraceServiceRequest()
    resource_spans = request.resource_spans.add()
    resource_spans.resource.attributes.add(key="service.name").value.string_value = "office"
    resource_spans.resource.attributes.add(key="process.command_line").value.string_value = f"run --key {KEY}"
    scope = resource_spans.scope_spans.add()
    scope.scope.name, scope.scope.version = f"scope of {EMAIL}", f"1 {KEY}"
    for number in (1, 2):
        span = scope.spans.add(
            trace_id=(7).to_bytes(16),
            span_id=number.to_bytes(8),
            parent_span_id=b"" if number == 1 else (1).to_bytes(8),
            name=f"invoke_agent {EMAIL}",
            start_time_unix_nano=1_790_000_000_000_000_000 + number,
            end_time_unix_nano=1_790_000_001_000_000_000,
        )
        span.status.code, span.status.message = trace_pb2.Status.STATUS_CODE_ERROR, _SENTENCE
        _fill(span.attributes)
        event = span.events.add(name=f"exception about {EMAIL}", time_unix_nano=1_790_000_000_500_000_000)
        _fill(event.attributes)
        _fill(span.links.add(trace_id=(8).to_bytes(16), span_id=(9).to_bytes(8)).attributes)
    return request


def _fill(attributes: "RepeatedCompositeFieldContainer[KeyValue]") -> None:
    for name, value in ATTRIBUTES.items():
        target = attributes.add(key=name).value
        if isinstance(value, bytes):
            target.bytes_value = value
        elif isinstance(value, str):
            target.string_value = value
        elif isinstance(value, int):
            target.int_value = value
        else:
            for item in value:
                target.array_value.values.add().string_value = item
    nested = attributes.add(key="map").value.kvlist_value.values.add(key=EMAIL)
    nested.value.string_value = _SENTENCE


def record_leaking_spans(provider: TracerProvider) -> None:
    """A parent and a child through the SDK."""
    tracer = provider.get_tracer(f"scope of {EMAIL}", f"1 {KEY}")
    link = Link(SpanContext(8, 9, is_remote=True, trace_flags=TraceFlags(1)), ATTRIBUTES)
    with tracer.start_as_current_span(f"invoke_agent {EMAIL}", attributes=ATTRIBUTES, links=[link]) as parent:
        _leak(parent)
        with tracer.start_as_current_span(f"invoke_agent {EMAIL}", attributes=ATTRIBUTES, links=[link]) as child:
            _leak(child)


def _leak(span: Span) -> None:
    span.add_event(f"exception about {EMAIL}", ATTRIBUTES)
    span.record_exception(ValueError(_SENTENCE))
    span.set_status(Status(StatusCode.ERROR, _SENTENCE))
