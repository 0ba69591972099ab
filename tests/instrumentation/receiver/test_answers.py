"""What the collector answers to good, bad and hostile requests, and that it stores what it has acknowledged."""

import gzip
import zlib
from functools import partial
from pathlib import Path

import orjson
import pytest
from google.rpc.error_details_pb2 import BadRequest  # type: ignore[import-untyped] # the package says nothing of types
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # as above
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.instrumentation.receiver.conftest import (
    JSON,
    PROTOBUF,
    Answer,
    Collector,
    make_body,
    make_json,
    make_json_span,
    make_request,
)

pack = partial(gzip.compress, mtime=0)
"""The same bytes at any time: they stand in the names of tests."""

MIB = 1024 * 1024


def _message(answer: Answer) -> str:
    assert answer.headers["content-type"] == PROTOBUF
    return str(Status.FromString(answer.body).message)


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def test_protobuf_is_acknowledged_without_partial_success_and_stored(collector: Collector) -> None:
    answer = collector.send(make_body(0x101, 0x102))
    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)
    assert not ExportTraceServiceResponse.FromString(answer.body).HasField("partial_success")
    assert sorted(collector.stored_ids())[:2] == [f"{0x101:016x}", f"{0x102:016x}"]


def test_json_is_acknowledged_in_json_and_stored(collector: Collector) -> None:
    answer = collector.send(make_json(make_json_span(0x201)), f"{JSON}; charset=utf-8")
    assert (answer.status, answer.headers["content-type"], orjson.loads(answer.body)) == (200, JSON, {})
    assert collector.stored_ids().count(f"{0x201:016x}") == 1


@pytest.mark.parametrize(
    ("number", "encoding", "packed"),
    [
        (0x301, "gzip", pack(make_body(0x301))),
        (0x302, "GZIP", pack(make_body(0x302)[:20]) + pack(make_body(0x302)[20:])),
        (0x303, "deflate", zlib.compress(make_body(0x303))),
        (0x304, "deflate", _raw_deflate(make_body(0x304))),
        (0x305, "identity", make_body(0x305)),
    ],
    ids=["gzip", "gzip of two members", "deflate", "deflate without header", "identity"],
)
def test_compressed_request_is_stored(collector: Collector, number: int, encoding: str, packed: bytes) -> None:
    assert collector.send(packed, Content_Encoding=encoding).status == 200
    assert collector.stored_ids().count(f"{number:016x}") == 1


def test_span_with_bad_ids_is_left_out_and_counted_and_the_rest_is_stored(collector: Collector) -> None:
    request = make_request(0x401, 0, 0x402)
    request.resource_spans[0].scope_spans[0].spans.add(trace_id=b"short", span_id=bytes(8))
    answer = collector.send(request.SerializeToString())
    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, partial.rejected_spans) == (200, 2)
    assert partial.error_message.startswith(
        "1 left out since a span_id is all zeros instead of 8 bytes, and 1 for other"
    )
    assert {f"{0x401:016x}", f"{0x402:016x}"} <= set(collector.stored_ids())


def test_json_span_that_breaks_the_format_is_left_out_and_counted(collector: Collector) -> None:
    body = make_json(make_json_span(0x501), make_json_span(0x502, startTimeUnixNano="noon"), make_json_span(0))
    partial = orjson.loads(collector.send(body, JSON).body)["partialSuccess"]
    assert partial["rejectedSpans"] == "2"
    assert "startTimeUnixNano 'noon' is not an integer" in partial["errorMessage"]
    assert f"{0x501:016x}" in collector.stored_ids()
    assert f"{0x502:016x}" not in collector.stored_ids()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [(b"", PROTOBUF), (b"{}", JSON), (b'{"resourceSpans":[]}', JSON), (b'{"resourceSpans":[{}]}', JSON)],
)
def test_empty_request_succeeds(collector: Collector, body: bytes, content_type: str) -> None:
    answer = collector.send(body, content_type)
    assert (answer.status, answer.body) == (200, b"" if content_type == PROTOBUF else b"{}")


def test_unknown_fields_are_ignored(collector: Collector) -> None:
    unknown_field_of_the_future = b"\xfa\x3e\x03new"
    assert collector.send(make_body(0x601) + unknown_field_of_the_future).status == 200
    assert collector.send(make_json(make_json_span(0x602, mood={"new": [1]})), JSON).status == 200
    assert {f"{0x601:016x}", f"{0x602:016x}"} <= set(collector.stored_ids())


@pytest.mark.parametrize("body", [b"garbage", make_body(0x701)[:-5], b"\x0a\xff\xff\xff\xff\x0f"])
def test_malformed_protobuf_is_a_bad_request_with_details(collector: Collector, body: bytes) -> None:
    answer = collector.send(body)
    assert answer.status == 400
    assert _message(answer).startswith("the body cannot be read as OTLP: it is not an OTLP trace request in protobuf")
    details = BadRequest()
    assert Status.FromString(answer.body).details[0].Unpack(details)
    assert details.field_violations[0].field == "body"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1, column 1"),
        (b"[1]", "it is not a JSON object"),
        (b'{"resourceSpans": 7}', "'resourceSpans' is not a list"),
        (b'{"resourceSpans": [{"resource": {"attributes": 1}, "scopeSpans": [{"spans": [{}]}]}]}', "'attributes'"),
        (b'{"resourceSpans":' + b"[" * 5000, "depth limit"),
    ],
)
def test_malformed_json_is_a_bad_request_in_json(collector: Collector, body: bytes, reason: str) -> None:
    answer = collector.send(body, JSON)
    assert (answer.status, answer.headers["content-type"]) == (400, JSON)
    assert reason in orjson.loads(answer.body)["message"]


@pytest.mark.parametrize("packed", [b"not gzip", pack(b"x" * 999)[:-9], pack(b"") + b"rest", b""])
def test_damaged_compression_is_a_bad_request(collector: Collector, packed: bytes) -> None:
    answer = collector.send(packed, Content_Encoding="gzip")
    assert answer.status == 400
    assert _message(answer).startswith("the compressed body is ")


def test_zip_bomb_is_refused_as_too_large(collector: Collector) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(MIB)) for _ in range(1024)) + packer.flush()
    assert len(bomb) < 2 * MIB
    answer = collector.send(bomb, Content_Encoding="gzip")
    assert answer.status == 413
    assert _message(answer) == "the body is larger than 67,108,864 bytes once decompressed; send less at once"
    assert _peak_bytes(collector) < 600 * MIB


def _peak_bytes(collector: Collector) -> int:
    lines = Path(f"/proc/{collector.process.pid}/status").read_text(encoding="utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def test_body_over_the_limit_is_read_to_its_end_and_refused(collector: Collector) -> None:
    answer = collector.send(bytes(65 * MIB))
    assert (answer.status, _message(answer)) == (413, "the body is larger than 67,108,864 bytes; send less at once")


def test_other_types_and_encodings_are_unsupported(collector: Collector) -> None:
    assert collector.send(b"x", "text/plain").status == 415
    answer = collector.send(b"x", Content_Encoding="br")
    assert (answer.status, answer.headers["accept-encoding"]) == (415, "gzip, deflate")


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_are_not_allowed(collector: Collector, method: str) -> None:
    answer = collector.send(b"", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_page_in_a_browser_cannot_send(collector: Collector) -> None:
    assert collector.send(make_body(0x801), Origin="http://evil.example").status == 403
    assert f"{0x801:016x}" not in collector.stored_ids()


def test_attribute_of_ten_megabytes_is_stored(collector: Collector) -> None:
    assert collector.send(make_body(0x901, text="x" * 10 * MIB)).status == 200
    assert f"{0x901:016x}" in collector.stored_ids()
