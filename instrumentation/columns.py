"""Spans as Arrow columns: the form in which they lie in the spool and enter the database."""

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

import orjson
import pyarrow as pa

from tierscope.instrumentation.content import valid_text
from tierscope.instrumentation.spans import Attributes, AttributeValue, Span, SpanEvent, SpanLink

__all__ = [
    "SPAN_SCHEMA",
    "render_events",
    "render_json",
    "render_links",
    "spans_from_table",
    "table_from_rows",
    "table_from_spans",
]

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
    return table_from_rows(
        (
            span.trace_id,
            span.span_id,
            span.parent_span_id,
            valid_text(span.name),
            span.kind,
            span.start_ns,
            span.end_ns,
            span.status,
            valid_text(span.status_message),
            valid_text(span.scope_name),
            valid_text(span.scope_version),
            render_json(span.attributes),
            render_events((event.name, event.time_ns, event.attributes) for event in span.events),
            render_links((link.trace_id, link.span_id, link.attributes) for link in span.links),
            resources.render(span.resource),
        )
        for span in spans
    )


def table_from_rows(rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Turn rows into columns.

    Args:
        rows: one sequence per span, with the values of ``SPAN_SCHEMA``.

    Returns:
        A table of ``SPAN_SCHEMA``, in the same order.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(_TYPES)
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
    columns: list[list[Any]] = [table.column(name).to_pylist() for name in SPAN_SCHEMA.names]
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
            status=row[7],
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


def render_events(events: Iterable[tuple[str, int, Mapping[str, object]]]) -> str:
    """Write the events of a span as a JSON list.

    Args:
        events: name, Unix time in ns, and attributes of each.
    """
    parts = (
        f'{{"name":{_quoted(name)},"time_ns":{time_ns},"attributes":{render_json(attributes)}}}'
        for name, time_ns, attributes in events
    )
    return f"[{','.join(parts)}]"


def render_links(links: Iterable[tuple[str, str, Mapping[str, object]]]) -> str:
    """Write the links of a span as a JSON list.

    Args:
        links: trace id and span id in hex, and attributes of each.
    """
    parts = (
        f'{{"trace_id":"{trace_id}","span_id":"{span_id}","attributes":{render_json(attributes)}}}'
        for trace_id, span_id, attributes in links
    )
    return f"[{','.join(parts)}]"


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


def _quoted(text: str) -> str:
    return orjson.dumps(valid_text(text)).decode()


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
        return valid_text(value)
    if depth >= MAX_DEPTH:
        return TOO_DEEP
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value).items()
        return {valid_text(str(key)): _plain(item, depth + 1) for key, item in items}
    if isinstance(value, Sequence):
        return [_plain(item, depth + 1) for item in cast("Sequence[object]", value)]
    return valid_text(str(value))
