"""Protobuf requests as columns: what the library's own JSON mapping says, whatever the bytes are."""

from typing import Any

import pyarrow as pa
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import (
    AnyValue,
    ArrayValue,
    InstrumentationScope,
    KeyValue,
    KeyValueList,
)
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from tierscope.instrumentation.columns import SPAN_SCHEMA, table_from_spans
from tierscope.instrumentation.otlp_json import MalformedOtlpError, spans_from_json
from tierscope.instrumentation.otlp_protobuf import table_from_protobuf

WORDS = st.text(max_size=8)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
TIMES = st.integers(0, 2**64 - 1)
TRACE_IDS = st.binary(min_size=16, max_size=16)
SPAN_IDS = st.binary(min_size=8, max_size=8)

SCALARS = st.one_of(
    st.just(AnyValue()),
    WORDS.map(lambda text: AnyValue(string_value=text)),
    st.booleans().map(lambda flag: AnyValue(bool_value=flag)),
    INTEGERS.map(lambda number: AnyValue(int_value=number)),
    st.floats().map(lambda number: AnyValue(double_value=number)),
    st.binary(max_size=8).map(lambda raw: AnyValue(bytes_value=raw)),
)


def pairs(values: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[list[KeyValue]]:
    return st.lists(st.builds(KeyValue, key=WORDS, value=values), max_size=4)


VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: AnyValue(array_value=ArrayValue(values=items))),
        pairs(inner).map(lambda items: AnyValue(kvlist_value=KeyValueList(values=items))),
    ),
    max_leaves=6,
)
ATTRIBUTES = pairs(VALUES)
SPANS = st.builds(
    Span,
    trace_id=TRACE_IDS,
    span_id=SPAN_IDS,
    parent_span_id=st.one_of(st.just(b""), SPAN_IDS),
    name=WORDS,
    kind=st.integers(0, 9),
    start_time_unix_nano=TIMES,
    end_time_unix_nano=TIMES,
    attributes=ATTRIBUTES,
    events=st.lists(st.builds(Span.Event, time_unix_nano=TIMES, name=WORDS, attributes=ATTRIBUTES), max_size=2),
    links=st.lists(st.builds(Span.Link, trace_id=TRACE_IDS, span_id=SPAN_IDS, attributes=ATTRIBUTES), max_size=2),
    status=st.builds(Status, message=WORDS, code=st.integers(0, 5)),
)
SCOPE_SPANS = st.builds(
    ScopeSpans,
    scope=st.builds(InstrumentationScope, name=WORDS, version=WORDS),
    spans=st.lists(SPANS, max_size=3),
)
RESOURCE_SPANS = st.builds(
    ResourceSpans,
    resource=st.builds(Resource, attributes=ATTRIBUTES),
    scope_spans=st.lists(SCOPE_SPANS, max_size=2),
)
REQUESTS = st.builds(ExportTraceServiceRequest, resource_spans=st.lists(RESOURCE_SPANS, min_size=1, max_size=2))


def columns(table: pa.Table) -> dict[str, Any]:
    assert table.schema == SPAN_SCHEMA
    return table.to_pydict()


def expected(body: bytes) -> dict[str, Any] | None:
    """By the library's JSON mapping and our reader of OTLP/JSON; None where either refuses."""
    try:
        document = MessageToDict(ExportTraceServiceRequest.FromString(body))
        if not document.get("resourceSpans"):
            return None if body else columns(table_from_spans([]))
        return columns(table_from_spans(list(spans_from_json(document))))
    except (DecodeError, MalformedOtlpError):
        return None


@given(REQUESTS)
def test_request_is_decoded_as_its_json_mapping_says(request: ExportTraceServiceRequest) -> None:
    body = request.SerializeToString()
    assert columns(table_from_protobuf(body)) == expected(body)


@given(st.data(), REQUESTS)
def test_damaged_request_is_refused_or_means_the_same_to_both(
    data: st.DataObject, request: ExportTraceServiceRequest
) -> None:
    body = bytearray(request.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(body) - 1, 0)))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    wanted = expected(bytes(body))
    if wanted is None:
        with pytest.raises(MalformedOtlpError):
            table_from_protobuf(bytes(body))
    else:
        assert columns(table_from_protobuf(bytes(body))) == wanted


UNKNOWN = {
    "varint": b"\xf8\x07\x96\x01",
    "fixed": b"\xf9\x07" + bytes(8),
    "text": b"\xfa\x07\x03abc",
    "group": b"\xfb\x07\x08\x01\xfc\x07",
}


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_fields_are_ignored_wherever_they_stand(unknown: bytes) -> None:
    span = Span(trace_id=b"t" * 16, span_id=b"s" * 8, name="step").SerializeToString()
    plain, strange = (wrapped(wrapped(wrapped(inside, 2), 2), 1) for inside in (span, unknown + span + unknown))
    assert columns(table_from_protobuf(unknown + strange + unknown)) == columns(table_from_protobuf(plain))


def wrapped(content: bytes, field: int) -> bytes:
    """A message's field that holds another message."""
    assert len(content) < 0x80
    return bytes([field << 3 | 2, len(content)]) + content


def test_values_nested_deeper_than_protobuf_allows_are_refused() -> None:
    value = AnyValue(string_value="x").SerializeToString()
    for _ in range(300):
        array = b"\x0a" + varint(len(value)) + value
        value = b"\x2a" + varint(len(array)) + array
    pair = b"\x12" + varint(len(value)) + value
    span = b"\x4a" + varint(len(pair)) + pair
    scope = b"\x12" + varint(len(span)) + span
    resource = b"\x12" + varint(len(scope)) + scope
    with pytest.raises(MalformedOtlpError, match="it is not an OTLP trace request in protobuf, or it is truncated"):
        table_from_protobuf(b"\x0a" + varint(len(resource)) + resource)


def varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])


def span_with(
    trace_id: bytes = b"t" * 16, span_id: bytes = b"s" * 8, parent_span_id: bytes = b"", links: int = 0
) -> Span:
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_span_id,
        links=[Span.Link(trace_id=b"t" * 16) for _ in range(links)],
    )


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (span_with(trace_id=b"t"), "a span has a trace_id of 1 bytes instead of 16"),
        (span_with(span_id=b""), "a span has a span_id of 0 bytes instead of 8"),
        (span_with(parent_span_id=b"p" * 9), "a span has a parent_span_id of 9 bytes instead of 8"),
        (span_with(links=1), "a span has a span_id of 0 bytes instead of 8"),
    ],
)
def test_id_of_the_wrong_length_is_named(span: Span, reason: str) -> None:
    request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[ScopeSpans(spans=[span])])])
    with pytest.raises(MalformedOtlpError, match=reason):
        table_from_protobuf(request.SerializeToString())
