"""Whatever arrives, what is taken of it can be drained, and what is left out is counted."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from tests.instrumentation.receiver.conftest import make_body, make_json, make_json_span, make_request
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf
from tierscope.instrumentation.receiver.intake import Intake, Sieve, take_json, take_protobuf

GOOD = make_body(1, 2, 3, text="text")
IDS = st.binary(max_size=20) | st.sampled_from([bytes(8), bytes(16), b"\x01" * 8, b"\x01" * 16])


def _count(intake: Intake) -> int:
    """Number of spans that a drain finds in what was taken."""
    if intake.content is None:
        return 0
    if isinstance(intake.content, bytes):
        return table_from_spans(list(spans_from_protobuf(intake.content))).num_rows
    return intake.content.num_rows


@given(st.integers(0, len(GOOD)), st.binary(max_size=300), st.integers(0, len(GOOD)))
def test_garbage_is_malformed_or_can_be_drained(until: int, garbage: bytes, since: int) -> None:
    body = GOOD[:until] + garbage + GOOD[since:]
    try:
        intake = take_protobuf(body, Sieve())
    except MalformedOtlpError:
        return
    assert (intake.content is None) == (_count(intake) == 0)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "trace_id": IDS,
                "span_id": IDS,
                "parent_span_id": IDS,
                "kind": st.integers(-(2**31), 2**31 - 1),
                "start_time_unix_nano": st.integers(0, 2**64 - 1),
            }
        )
    )
)
def test_every_span_is_either_drained_or_counted_as_rejected(spans: list[dict[str, Any]]) -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for span in spans:
        scope.spans.add(**span).status.code = span["kind"]
    intake = take_protobuf(request.SerializeToString(), Sieve())
    assert _count(intake) + intake.rejected == len(spans)
    assert bool(intake.reason) == bool(intake.rejected)


@given(st.binary(max_size=200))
def test_garbage_json_is_malformed(body: bytes) -> None:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        with pytest.raises(MalformedOtlpError):
            take_json(body, Sieve())


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["values", "stringValue", "arrayValue"]), inner),
    max_leaves=8,
)
FIELDS = st.sampled_from(["traceId", "spanId", "name", "kind", "startTimeUnixNano", "attributes", "events", "links"])


@given(st.lists(st.dictionaries(FIELDS, JSON_VALUES), max_size=5))
def test_every_json_span_is_either_stored_or_counted_as_rejected(changes: list[dict[str, Any]]) -> None:
    spans = [make_json_span(number, **change) for number, change in enumerate(changes, start=1)]
    intake = take_json(make_json(*spans), Sieve())
    assert _count(intake) + intake.rejected == len(spans)


def test_reason_names_the_most_frequent_fault_and_counts_the_others() -> None:
    request = make_request(0, 0, 1)
    request.resource_spans[0].scope_spans[0].spans.add(trace_id=b"odd", span_id=b"x" * 8)
    intake = take_protobuf(request.SerializeToString(), Sieve())
    assert intake.reason == ("2 left out since a span_id is all zeros instead of 8 bytes, and 1 for other reasons")


def test_reason_stays_short_however_large_the_value_that_it_names() -> None:
    attributes = [{"key": "price", "value": {"doubleValue": "x" * 1_000_000}}]
    intake = take_json(make_json(make_json_span(1, attributes=attributes)), Sieve())
    assert intake.rejected == 1
    assert intake.reason.startswith("1 left out since 'xxx")
    assert len(intake.reason) < 200


def test_protobuf_nested_too_deep_is_malformed() -> None:
    value = AnyValue(string_value="bottom").SerializeToString()
    for _ in range(200):
        values = _field(1, value)
        value = _field(5, values)
    attribute = _field(1, b"deep") + _field(2, value)
    span = _field(9, attribute)
    with pytest.raises(MalformedOtlpError, match="not an OTLP trace request"):
        take_protobuf(_field(1, _field(2, _field(2, span))), Sieve())


def _field(number: int, content: bytes) -> bytes:
    """One length-delimited field of protobuf."""
    length, size = len(content), b""
    while length > 0x7F:
        size += bytes([length & 0x7F | 0x80])
        length >>= 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + content


@pytest.mark.parametrize("depth", [10, 100, 300, 340, 500])
def test_json_is_taken_or_malformed_however_deep(depth: int) -> None:
    value = '{"arrayValue":{"values":[' * depth + '{"stringValue":"bottom"}' + "]}}" * depth
    span = orjson.dumps(make_json_span(1, attributes=[{"key": "deep", "value": "VALUE"}])).decode()
    body = make_json().replace(b"[]", f"[{span}]".encode()).replace(b'"VALUE"', value.encode())
    try:
        taken = _count(take_json(body, Sieve()))
    except MalformedOtlpError as error:
        assert depth > 100
        assert "depth limit exceeded" in str(error) or "nested too deep" in str(error)  # noqa: PT017 - both are right
    else:
        assert taken == 1
