"""OTLP/protobuf request bodies to spans."""

import base64
from collections.abc import Iterable, Iterator

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tierscope.instrumentation.otlp_json import KINDS, LATEST_NS, STATUSES, MalformedOtlpError
from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink

__all__ = ["spans_from_protobuf"]


def spans_from_protobuf(body: bytes) -> Iterator[Span]:
    """Read the spans of one serialized ``ExportTraceServiceRequest``.

    Args:
        body: the message, or several joined.

    Yields:
        Each span, in the order of the message.

    Raises:
        MalformedOtlpError: it is not that message, or a span in it has no valid ids.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise MalformedOtlpError("it is not an OTLP trace request in protobuf, or it is truncated") from error
    if body and not request.resource_spans:
        raise MalformedOtlpError("it is protobuf, but holds no OTLP spans")
    for resource_spans in request.resource_spans:
        resource = _attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            for span in scope_spans.spans:
                yield _span(span, resource, scope)


def _span(span: trace_pb2.Span, resource: Attributes, scope: InstrumentationScope) -> Span:
    return Span(
        trace_id=_id(span.trace_id, "trace_id", 16),
        span_id=_id(span.span_id, "span_id", 8),
        parent_span_id=_id(span.parent_span_id, "parent_span_id", 8) if span.parent_span_id else None,
        name=span.name,
        kind=KINDS[span.kind] if 0 <= span.kind < len(KINDS) else KINDS[0],
        start_ns=min(span.start_time_unix_nano, LATEST_NS),
        end_ns=min(span.end_time_unix_nano, LATEST_NS) or None,
        status=STATUSES[span.status.code] if 0 <= span.status.code < len(STATUSES) else STATUSES[0],
        status_message=span.status.message,
        scope_name=scope.name,
        scope_version=scope.version,
        attributes=_attributes(span.attributes),
        events=tuple(
            SpanEvent(event.name, min(event.time_unix_nano, LATEST_NS), _attributes(event.attributes))
            for event in span.events
        ),
        links=tuple(
            SpanLink(_id(link.trace_id, "trace_id", 16), _id(link.span_id, "span_id", 8), _attributes(link.attributes))
            for link in span.links
        ),
        resource=resource,
    )


def _id(raw: bytes, name: str, size: int) -> str:
    if len(raw) != size:
        raise MalformedOtlpError(f"a span has a {name} of {len(raw)} bytes instead of {size}")
    return raw.hex()


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, AttributeValue]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> AttributeValue:
    kind = value.WhichOneof("value")
    match kind:
        case None:
            return None
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return {pair.key: _value(pair.value) for pair in value.kvlist_value.values}
        case _:
            scalar: AttributeValue = getattr(value, kind)
            return scalar
