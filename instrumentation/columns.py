"""Spans as Arrow columns: the form in which they lie in the spool and enter the database."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import orjson
import pyarrow as pa

from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink, StatusCode

__all__ = ["SPAN_SCHEMA", "render_json", "spans_from_table", "table_from_spans"]

_TYPES: Final[dict[str, pa.DataType]] = {
    "trace_id": pa.string(),
    "span_id": pa.string(),
    "parent_span_id": pa.string(),
    "name": pa.string(),
    "kind": pa.string(),
    "start_ns": pa.int64(),
    "end_ns": pa.int64(),
    "status": pa.string(),
    "status_message": pa.string(),
    "scope_name": pa.string(),
    "scope_version": pa.string(),
    "attributes": pa.string(),
    "events": pa.string(),
    "links": pa.string(),
    "resource": pa.string(),
}

SPAN_SCHEMA: Final = pa.schema(_TYPES)
"""One row per span; the first columns of the table ``spans``. The last four hold JSON."""

MAX_DEPTH: Final = 64
"""Nesting beyond this is left out, so that no reader has to recurse further."""
TOO_DEEP: Final = "(nested too deep)"


def table_from_spans(spans: Sequence[Span]) -> pa.Table:
    """Turn spans into columns.

    Args:
        spans: any number of spans, in order of arrival.

    Returns:
        A table of ``SPAN_SCHEMA`` with one row per span, in the same order.
    """
    resources = _ResourceTexts()
    columns: list[list[Any]] = [
        [span.trace_id for span in spans],
        [span.span_id for span in spans],
        [span.parent_span_id for span in spans],
        [_valid_text(span.name) for span in spans],
        [span.kind for span in spans],
        [span.start_ns for span in spans],
        [span.end_ns for span in spans],
        [span.status for span in spans],
        [_valid_text(span.status_message) for span in spans],
        [_valid_text(span.scope_name) for span in spans],
        [_valid_text(span.scope_version) for span in spans],
        [render_json(span.attributes) for span in spans],
        [_render_events(span.events) for span in spans],
        [_render_links(span.links) for span in spans],
        [resources.render(span.resource) for span in spans],
    ]
    arrays = [pa.array(values, kind) for values, kind in zip(columns, _TYPES.values(), strict=True)]
    return pa.Table.from_arrays(arrays, schema=SPAN_SCHEMA)


def spans_from_table(table: pa.Table) -> Iterator[Span]:
    """Turn columns back into spans.

    Args:
        table: at least the columns of ``SPAN_SCHEMA``.

    Yields:
        One span per row, in the table's order.
    """
    resources: dict[str, Attributes] = {}
    columns = [cast("list[Any]", table.column(name).to_pylist()) for name in SPAN_SCHEMA.names]
    for row in zip(*columns, strict=True):
        attributes, events, links, resource = row[11:]
        if resource not in resources:
            resources[resource] = orjson.loads(resource)
        yield Span(
            trace_id=row[0],
            span_id=row[1],
            parent_span_id=row[2],
            name=row[3],
            kind=row[4],
            start_ns=row[5],
            end_ns=row[6],
            status=cast("StatusCode", row[7]),
            status_message=row[8],
            scope_name=row[9],
            scope_version=row[10],
            attributes=orjson.loads(attributes),
            events=() if events == "[]" else tuple(SpanEvent(**event) for event in orjson.loads(events)),
            links=() if links == "[]" else tuple(SpanLink(**link) for link in orjson.loads(links)),
            resource=resources[resource],
        )


def render_json(attributes: Mapping[str, object]) -> str:
    """Write attributes as a JSON object.

    Bytes become base64, infinity and NaN null. What else JSON cannot say (integers beyond 64 bits, objects of other
    types) becomes text, and very deep nesting ``TOO_DEEP``, since telemetry must not fail on a value.

    Args:
        attributes: attribute name -> value, as an SDK or a decoder holds them.

    Returns:
        One line of JSON.
    """
    if not attributes:
        return "{}"
    try:
        return orjson.dumps(
            attributes if isinstance(attributes, dict) else dict(attributes), default=_render_unknown
        ).decode()
    except TypeError:  # orjson's errors: lone surrogates, big integers, deep nesting, keys that are not text
        return orjson.dumps(_plain(dict(attributes), 0)).decode()


class _ResourceTexts:
    """JSON of each resource, rendered once: the spans of a batch share a few objects."""

    def __init__(self) -> None:
        self._texts: dict[int, tuple[Attributes, str]] = {}

    def render(self, resource: Attributes) -> str:
        known = self._texts.get(id(resource))
        if known is None:
            # The object is kept beside its text, so that its id is not given to another.
            known = self._texts[id(resource)] = (resource, render_json(resource))
        return known[1]


def _render_events(events: Iterable[SpanEvent]) -> str:
    if not events:
        return "[]"
    parts = (
        f'{{"name":{_quoted(event.name)},"time_ns":{event.time_ns},"attributes":{render_json(event.attributes)}}}'
        for event in events
    )
    return f"[{','.join(parts)}]"


def _render_links(links: Iterable[SpanLink]) -> str:
    if not links:
        return "[]"
    parts = (
        f'{{"trace_id":"{link.trace_id}","span_id":"{link.span_id}","attributes":{render_json(link.attributes)}}}'
        for link in links
    )
    return f"[{','.join(parts)}]"


def _quoted(text: str) -> str:
    return orjson.dumps(_valid_text(text)).decode()


def _valid_text(text: str) -> str:
    """Text without lone surrogates, which neither Arrow nor JSON can hold."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def _render_unknown(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    if isinstance(value, Sequence):
        return list(cast("Sequence[object]", value))
    return str(value)


def _plain(value: object, depth: int) -> AttributeValue:
    """The nearest value that JSON can hold."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, str):
        return _valid_text(value)
    if depth >= MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {_valid_text(str(key)): _plain(item, depth + 1) for key, item in items}
    if isinstance(value, Sequence):
        return [_plain(item, depth + 1) for item in cast("Sequence[object]", value)]
    return _valid_text(str(value))
