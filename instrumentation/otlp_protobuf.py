"""OTLP/protobuf request bodies to spans.

The message objects are gone through once, straight into columns: what costs is not the parsing, which is a library's in
C, but every look at a message from Python and every object that is made of it.
"""

import base64
from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

import pyarrow as pa
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from tierscope.instrumentation.columns import (
    render_events,
    render_json,
    render_links,
    spans_from_table,
    table_from_rows,
)
from tierscope.instrumentation.otlp_json import KINDS, LATEST_NS, STATUSES, MalformedOtlpError
from tierscope.instrumentation.spans import AttributeValue, Span

__all__ = ["spans_from_protobuf", "table_from_protobuf"]

_Row: TypeAlias = tuple[Any, ...]

_NO_PARENT_OR = (0, 8)


def spans_from_protobuf(body: bytes) -> Iterator[Span]:
    """Read the spans of one serialized ``ExportTraceServiceRequest``.

    Args:
        body: the message, or several joined.

    Returns:
        Each span, in the order of the message.

    Raises:
        MalformedOtlpError: it is not that message, or a span in it has no valid ids.
    """
    return spans_from_table(table_from_protobuf(body))


def table_from_protobuf(body: bytes) -> pa.Table:
    """Read the spans of one serialized ``ExportTraceServiceRequest`` as columns.

    Args:
        body: the message, or several joined.

    Returns:
        A table of ``SPAN_SCHEMA`` with one row per span, in the order of the message.

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
    return table_from_rows(_rows(request))


def _rows(request: ExportTraceServiceRequest) -> Iterator[_Row]:
    for resource_spans in request.resource_spans:
        resource = _render(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            scope = scope_spans.scope
            name, version = scope.name, scope.version
            for span in scope_spans.spans:
                yield _row(span, name, version, resource)


def _row(span: trace_pb2.Span, scope_name: str, scope_version: str, resource: str) -> _Row:
    trace_id, span_id, parent_span_id = span.trace_id, span.span_id, span.parent_span_id
    if len(trace_id) != 16 or len(span_id) != 8 or len(parent_span_id) not in _NO_PARENT_OR:
        raise MalformedOtlpError(_describe_ids(trace_id, span_id, parent_span_id))
    kind, status = span.kind, span.status
    code, events, links = status.code, span.events, span.links
    return (
        trace_id.hex(),
        span_id.hex(),
        parent_span_id.hex() or None,
        span.name,
        KINDS[kind] if 0 <= kind < len(KINDS) else KINDS[0],
        min(span.start_time_unix_nano, LATEST_NS),
        min(span.end_time_unix_nano, LATEST_NS) or None,
        STATUSES[code] if 0 <= code < len(STATUSES) else STATUSES[0],
        status.message,
        scope_name,
        scope_version,
        _render(span.attributes),
        _render_events(events) if events else "[]",
        _render_links(links) if links else "[]",
        resource,
    )


def _describe_ids(trace_id: bytes, span_id: bytes, parent_span_id: bytes = b"") -> str:
    """Which of the ids is of the wrong length."""
    for raw, name, size in ((trace_id, "trace_id", 16), (span_id, "span_id", 8)):
        if len(raw) != size:
            return f"a span has a {name} of {len(raw)} bytes instead of {size}"
    return f"a span has a parent_span_id of {len(parent_span_id)} bytes instead of 8"


def _render_events(events: Iterable[trace_pb2.Span.Event]) -> str:
    return render_events(
        (event.name, min(event.time_unix_nano, LATEST_NS), _plain(event.attributes)) for event in events
    )


def _render_links(links: Iterable[trace_pb2.Span.Link]) -> str:
    for link in links:
        if len(link.trace_id) != 16 or len(link.span_id) != 8:
            raise MalformedOtlpError(_describe_ids(link.trace_id, link.span_id))
    return render_links((link.trace_id.hex(), link.span_id.hex(), _plain(link.attributes)) for link in links)


def _render(pairs: Iterable[KeyValue]) -> str:
    return render_json(_plain(pairs))


def _plain(pairs: Iterable[KeyValue]) -> dict[str, AttributeValue]:
    # Most values are texts; asking a message which of its values is set takes longer than looking at one.
    return {pair.key: pair.value.string_value or _value(pair.value) for pair in pairs}


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
