"""Requests as HTTP allows them and clients rarely send them, byte by byte."""

import socket
from http.client import parse_headers
from typing import Self

import orjson
import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped] # the package says nothing of types
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from tests.instrumentation.receiver.conftest import (
    DEADLINE_S,
    JSON,
    PROTOBUF,
    Answer,
    Collector,
    make_body,
    make_json,
    make_json_span,
    make_request,
)
from tierscope.instrumentation.receiver.limits import DEFAULT_SPAN_BYTES


def _head(length: int | None, *lines: str, path: str = "/v1/traces", method: str = "POST") -> bytes:
    size = ["Transfer-Encoding: chunked"] if length is None else [f"Content-Length: {length}"]
    named = [] if any(line.startswith("Content-Type") for line in lines) else [f"Content-Type: {PROTOBUF}"]
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *size, *named, *lines, "", ""]).encode()


class _Connection:
    """One connection, and the answers that come over it one after another."""

    def __init__(self, collector: Collector) -> None:
        self._socket = socket.create_connection(("127.0.0.1", collector.port), timeout=DEADLINE_S)
        self._file = self._socket.makefile("rb")

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self._socket.sendall(part)

    def read_answer(self, *, has_body: bool = True) -> Answer:
        status = int(self._file.readline().split()[1])
        headers = {name.lower(): value for name, value in parse_headers(self._file).items()}
        return Answer(status, headers, self._file.read(int(headers["content-length"])) if has_body else b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()


def _exchange(collector: Collector, *parts: bytes) -> Answer:
    with _Connection(collector) as connection:
        connection.send(*parts)
        return connection.read_answer()


def _chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"


def test_body_in_chunks_is_taken(collector: Collector) -> None:
    body = make_body(0xC01, 0xC02)
    chunks = [_chunk(body[at : at + 7]) for at in range(0, len(body), 7)]
    assert _exchange(collector, _head(None), *chunks, b"0\r\n\r\n").status == 200
    assert {f"{0xC01:016x}", f"{0xC02:016x}"} <= set(collector.stored_ids())


def test_requests_that_do_not_wait_for_answers_are_answered_in_order(collector: Collector) -> None:
    bodies = [make_body(0xC10), b"garbage", make_body(0xC11), b"", make_body(0xC12)]
    with _Connection(collector) as connection:
        connection.send(b"".join(_head(len(body)) + body for body in bodies))
        assert [connection.read_answer().status for _ in bodies] == [200, 400, 200, 200, 200]
    assert {f"{number:016x}" for number in (0xC10, 0xC11, 0xC12)} <= set(collector.stored_ids())


@pytest.mark.parametrize("value", [f"{JSON};charset=utf-8", f'{JSON} ; charset="UTF-8"', "Application/JSON"])
def test_type_with_parameters_or_in_other_case_is_taken_and_answered_in_its_own(
    collector: Collector, value: str
) -> None:
    body = make_json(make_json_span(0xC20))
    answer = _exchange(collector, _head(len(body), f"Content-Type: {value}"), body)
    assert (answer.status, answer.headers["content-type"], orjson.loads(answer.body)) == (200, JSON, {})


@pytest.mark.parametrize("method", ["HEAD", "GET", "OPTIONS", "PATCH"])
def test_other_method_is_not_allowed_and_the_connection_stays_usable(collector: Collector, method: str) -> None:
    body = make_body(0xC30)
    with _Connection(collector) as connection:
        connection.send(_head(0, method=method))
        answer = connection.read_answer(has_body=method != "HEAD")
        assert (answer.status, answer.headers["allow"]) == (405, "POST")
        connection.send(_head(len(body)) + body)
        assert connection.read_answer().status == 200


@pytest.mark.parametrize("what", ["metrics", "logs"])
def test_other_signals_are_refused_for_good_with_the_way_out(collector: Collector, what: str) -> None:
    answer = _exchange(collector, _head(1, path=f"/v1/{what}"), b"x")
    assert answer.status == 404, "which no sender tries again"
    assert str(Status.FromString(answer.body).message) == (
        f"{what} are not taken here, only spans at /v1/traces; set OTEL_{what.upper()}_EXPORTER=none in the sender"
    )


def test_request_that_ends_early_stores_nothing_and_the_next_is_taken(collector: Collector) -> None:
    body = make_body(0xC40)
    with _Connection(collector) as connection:
        connection.send(_head(len(body)) + body[:-1])
    assert collector.send(make_body(0xC41)).status == 200
    stored = set(collector.stored_ids())
    assert f"{0xC41:016x}" in stored
    assert f"{0xC40:016x}" not in stored


def test_span_over_the_size_is_left_out_and_counted_and_the_others_are_kept(collector: Collector) -> None:
    request = make_request(0xC50, 0xC51)
    request.resource_spans[0].scope_spans[0].spans[0].attributes[0].value.string_value = "x" * DEFAULT_SPAN_BYTES
    partial = ExportTraceServiceResponse.FromString(collector.send(request.SerializeToString()).body).partial_success
    why = "1 left out since a span is larger than 16,777,216 bytes"
    assert (partial.rejected_spans, partial.error_message) == (1, why)
    large = make_json_span(0xC52, attributes=[{"key": "a", "value": {"stringValue": "x" * DEFAULT_SPAN_BYTES}}])
    answer = orjson.loads(collector.send(make_json(large, make_json_span(0xC53)), JSON).body)
    assert answer["partialSuccess"] == {"rejectedSpans": "1", "errorMessage": why}
    stored = set(collector.stored_ids())
    assert {f"{0xC51:016x}", f"{0xC53:016x}"} <= stored
    assert stored.isdisjoint({f"{0xC50:016x}", f"{0xC52:016x}"})
