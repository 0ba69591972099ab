"""OTLP/JSON documents to spans, in the spellings that exporters really use.

Keys may be camelCase or snake_case, ids hex or base64, integers numbers or text, enums numbers or names. Unknown keys
are ignored, as the OTLP specification demands.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias, cast

from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink, StatusCode

__all__ = ["MalformedOtlpError", "spans_from_json"]

_Object: TypeAlias = dict[str, Any]

KINDS: Final = ("unspecified", "internal", "server", "client", "producer", "consumer")
"""Span kinds by their OTLP number."""
STATUSES: Final[tuple[StatusCode, ...]] = ("unset", "ok", "error")
"""Status codes by their OTLP number."""
LATEST_NS: Final = 2**63 - 1

_OTHER_SIGNALS: Final = ("resourceLogs", "resource_logs", "resourceMetrics", "resource_metrics")
_SNAKE: Final = re.compile(r"(?<=[a-z])([A-Z])")


class MalformedOtlpError(ValueError):
    """A document that is not OTLP; the text says where and why."""


def spans_from_json(document: object) -> Iterator[Span]:
    """Read the spans of one decoded OTLP/JSON document.

    Args:
        document: an object with ``resourceSpans``, or a list of such objects. Objects that hold only logs or metrics
            have no spans.

    Yields:
        Each span, in the order of the document.

    Raises:
        MalformedOtlpError: the document is something else, or a span in it breaks the format.
    """
    if isinstance(document, list):
        for part in cast("list[object]", document):
            yield from spans_from_json(part)
        return
    request = _object(document, "the document")
    if not any(key in request for key in ("resourceSpans", "resource_spans", *_OTHER_SIGNALS)):
        raise MalformedOtlpError("it has no 'resourceSpans'")
    for resource_spans in _objects(request, "resourceSpans"):
        resource = _attributes(_child(resource_spans, "resource"))
        for scope_spans in _objects(resource_spans, "scopeSpans"):
            scope = _child(scope_spans, "scope")
            for span in _objects(scope_spans, "spans"):
                yield _span(span, resource, scope)


def _span(span: _Object, resource: Attributes, scope: _Object) -> Span:
    status = _child(span, "status")
    return Span(
        trace_id=_id(span, "traceId", 16),
        span_id=_id(span, "spanId", 8),
        parent_span_id=_id(span, "parentSpanId", 8) if _get(span, "parentSpanId") else None,
        name=_text(span, "name"),
        kind=KINDS[_number(span, "kind", KINDS)],
        start_ns=_time(span, "startTimeUnixNano"),
        end_ns=_time(span, "endTimeUnixNano") or None,
        status=STATUSES[_number(status, "code", STATUSES)],
        status_message=_text(status, "message"),
        scope_name=_text(scope, "name"),
        scope_version=_text(scope, "version"),
        attributes=_attributes(span),
        events=tuple(
            SpanEvent(_text(event, "name"), _time(event, "timeUnixNano"), _attributes(event))
            for event in _objects(span, "events")
        ),
        links=tuple(
            SpanLink(_id(link, "traceId", 16), _id(link, "spanId", 8), _attributes(link))
            for link in _objects(span, "links")
        ),
        resource=resource,
    )


def _attributes(holder: _Object) -> dict[str, AttributeValue]:
    return {_text(pair, "key"): _value(_child(pair, "value")) for pair in _objects(holder, "attributes")}


def _value(value: _Object) -> AttributeValue:
    """Decode an AnyValue: an object whose one key names its type."""
    for key, content in value.items():
        match key:
            case "stringValue" | "string_value" | "bytesValue" | "bytes_value":
                return content if isinstance(content, str) else str(content)
            case "intValue" | "int_value":
                return _integer(content, key)
            case "boolValue" | "bool_value":
                return bool(content)
            case "doubleValue" | "double_value":
                return _double(content)
            case "arrayValue" | "array_value":
                return [_value(_object(item, key)) for item in _list(_object(content, key).get("values"), key)]
            case "kvlistValue" | "kvlist_value":
                pairs = [_object(item, key) for item in _list(_object(content, key).get("values"), key)]
                return {_text(pair, "key"): _value(_child(pair, "value")) for pair in pairs}
            case _:
                continue
    return None


def _double(content: object) -> float:
    try:
        return float(cast("Any", content))  # JSON writes NaN and Infinity as text
    except (TypeError, ValueError) as error:
        raise MalformedOtlpError(f"{content!r:.60} is not a number") from error


def _id(holder: _Object, key: str, size: int) -> str:
    """An id as lower-case hex: OTLP/JSON says hex, protobuf's own JSON mapping says base64."""
    text = _get(holder, key)
    if isinstance(text, str):
        try:
            if len(text) == 2 * size:
                return bytes.fromhex(text).hex()
            raw = base64.b64decode(text, validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        if len(raw) == size:
            return raw.hex()
    raise MalformedOtlpError(f"{key} {text!r:.60} is not an id of {size} bytes in hex or base64")


def _time(holder: _Object, key: str) -> int:
    return min(max(_integer(_get(holder, key) or 0, key), 0), LATEST_NS)


def _number(holder: _Object, key: str, names: tuple[str, ...]) -> int:
    """An enum's number; it may be spelled as a name such as SPAN_KIND_CLIENT, and unknown ones count as 0."""
    value = _get(holder, key) or 0
    if isinstance(value, str) and not value.isdecimal():
        name = value.rpartition("_")[2].lower()
        return names.index(name) if name in names else 0
    number = _integer(value, key)
    return number if 0 <= number < len(names) else 0


def _integer(value: object, key: str) -> int:
    try:
        return int(cast("Any", value))
    except (TypeError, ValueError, OverflowError) as error:
        raise MalformedOtlpError(f"{key} {value!r:.60} is not an integer") from error


def _get(holder: _Object, key: str) -> object:
    if key in holder:
        return holder[key]
    return holder.get(_SNAKE.sub(lambda match: f"_{match[1].lower()}", key))


def _text(holder: _Object, key: str) -> str:
    value = _get(holder, key)
    return value if isinstance(value, str) else "" if value is None else str(value)


def _child(holder: _Object, key: str) -> _Object:
    return _object(_get(holder, key) or {}, key)


def _objects(holder: _Object, key: str) -> Iterator[_Object]:
    for item in _list(_get(holder, key), key):
        yield _object(item, key)


def _list(value: object, key: str) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise MalformedOtlpError(f"'{key}' is not a list")
    return cast("list[object]", value)


def _object(value: object, key: str) -> _Object:
    if not isinstance(value, dict):
        raise MalformedOtlpError(f"'{key}' is not an object")
    return cast("_Object", value)
