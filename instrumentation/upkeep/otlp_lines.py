"""Spans to OTLP/JSON, the opposite of reading it: what is read back is the same spans."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

import orjson

from tierscope.instrumentation.otlp_json import KINDS, STATUSES
from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink

__all__ = ["render_line"]

_KIND_NUMBERS: Final = {name: number for number, name in enumerate(KINDS)}
_STATUS_NUMBERS: Final = {name: number for number, name in enumerate(STATUSES)}


def render_line(spans: Iterable[Span]) -> bytes:
    """One request in OTLP/JSON, on one line.

    Args:
        spans: kept in their order; neighbours of one resource and scope share it.

    Returns:
        The line, with its end.
    """
    groups = [(resource, scope, list(members)) for (resource, scope), members in groupby(spans, key=_source)]
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": _pairs(members[0].resource)},
                "scopeSpans": [
                    {
                        "scope": {"name": members[0].scope_name, "version": members[0].scope_version},
                        "spans": [_span(span) for span in members],
                    }
                ],
            }
            for _, _, members in groups
        ]
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)


def _source(span: Span) -> tuple[int, tuple[str, str]]:
    # Spans of one page share one object per resource.
    return id(span.resource), (span.scope_name, span.scope_version)


def _span(span: Span) -> dict[str, Any]:
    rendered: dict[str, Any] = {
        "traceId": span.trace_id,
        "spanId": span.span_id,
        "name": span.name,
        "kind": _KIND_NUMBERS.get(span.kind, 0),
        "startTimeUnixNano": str(span.start_ns),
        "attributes": _pairs(span.attributes),
        "status": {"code": _STATUS_NUMBERS[span.status], "message": span.status_message},
    }
    if span.parent_span_id is not None:
        rendered["parentSpanId"] = span.parent_span_id
    if span.end_ns is not None:
        rendered["endTimeUnixNano"] = str(span.end_ns)
    if span.events:
        rendered["events"] = [_event(event) for event in span.events]
    if span.links:
        rendered["links"] = [_link(link) for link in span.links]
    return rendered


def _event(event: SpanEvent) -> dict[str, Any]:
    return {"name": event.name, "timeUnixNano": str(event.time_ns), "attributes": _pairs(event.attributes)}


def _link(link: SpanLink) -> dict[str, Any]:
    return {"traceId": link.trace_id, "spanId": link.span_id, "attributes": _pairs(link.attributes)}


def _pairs(attributes: Attributes) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _value(value: AttributeValue) -> dict[str, Any]:
    match value:
        case str():
            return {"stringValue": value}
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case None:
            return {}
        case Mapping():
            return {"kvlistValue": {"values": _pairs(value)}}
        case _:
            return {"arrayValue": {"values": [_value(item) for item in value]}}
