"""``tierscope collect`` as a process, and requests to it."""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple, Self

import orjson
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tierscope.instrumentation.store import Store

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
DEADLINE_S = 120.0


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


class Collector:
    """A collector on a free port, until the end of the block; over gRPC too where a port is named."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        grpc = () if "--grpc-port" in arguments else ("--no-grpc",)
        self.store = Store(folder / "tierscope.duckdb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tierscope", "collect", "--port", "0", *grpc, *arguments],
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.announcement = self.process.stdout.readline()
        self.address = self.announcement.partition("OTEL_EXPORTER_OTLP_ENDPOINT=")[2].split()[0]
        self.grpc_address = "" if grpc else self.process.stdout.readline().split()[-1]

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    def send(self, body: bytes, content_type: str = PROTOBUF, method: str = "POST", **headers: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, "/v1/traces", body, {"Content-Type": content_type, **named})
        response = connection.getresponse()
        answer = Answer(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
        connection.close()
        return answer

    def stored_ids(self) -> list[str]:
        """Ids of all stored spans, repeated where a span is there twice."""
        self.store.refresh()
        return list(self.store.query("SELECT span_id FROM spans")["span_id"]) if self.store.exists else []

    def wait_for_agent(self, agent: str) -> None:
        """Wait, without bringing the store up to date, until an invocation of an agent can be queried."""
        deadline = time.monotonic() + DEADLINE_S
        while not self._has_agent(agent):
            assert time.monotonic() < deadline, "the agent never became queryable"
            time.sleep(0.1)

    def _has_agent(self, agent: str) -> bool:
        if not self.store.path.exists():
            return False
        return bool(self.store.query("SELECT count(*) FROM invocations WHERE agent = ?", [agent]).item())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        print(self.process.communicate()[1])


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Generator[Collector]:
    with Collector(tmp_path_factory.mktemp("collector")) as running:
        yield running


def make_request(*span_ids: int, trace_id: int = 1, text: str = "") -> ExportTraceServiceRequest:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for span_id in span_ids:
        span = scope.spans.add(
            trace_id=trace_id.to_bytes(16),
            span_id=span_id.to_bytes(8),
            name="step",
            start_time_unix_nano=1_790_000_000_000_000_000,
            end_time_unix_nano=1_790_000_001_000_000_000,
        )
        span.attributes.add(key="text").value.string_value = text
    return request


def make_body(*span_ids: int, trace_id: int = 1, text: str = "") -> bytes:
    return make_request(*span_ids, trace_id=trace_id, text=text).SerializeToString()


def make_json(*spans: dict[str, Any]) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]})


def make_json_span(span_id: int, **fields: object) -> dict[str, Any]:
    return {
        "traceId": f"{1:032x}",
        "spanId": f"{span_id:016x}",
        "name": "step",
        "startTimeUnixNano": "1790000000000000000",
        "endTimeUnixNano": "1790000001000000000",
        **fields,
    }
