"""Another OTLP backend, and a forwarder before two of them as an OpenTelemetry Collector is one."""

import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Self
from urllib.parse import urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.instrumentation.receiver.conftest import DEADLINE_S, PROTOBUF

Take = Callable[[bytes], int]
"""Given a body in protobuf: the status to answer."""


class OtlpServer:
    """Takes OTLP over HTTP on a port of its own, until the end of the block."""

    def __init__(self, take: Take) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                status = take(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(status)
                self.send_header("Content-Type", PROTOBUF)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # silent
                """Nothing: a test's output is read where it fails."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,)).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class Backend(OtlpServer):
    """Keeps the ids of the spans that it gets; while it is down it answers 503."""

    def __init__(self) -> None:
        super().__init__(self._take)
        self.span_ids: list[str] = []
        self.is_down = False
        self.refused = 0

    def _take(self, body: bytes) -> int:
        if self.is_down:
            self.refused += 1
            return 503
        for resource_spans in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope_spans in resource_spans.scope_spans:
                self.span_ids += (span.span_id.hex() for span in scope_spans.spans)
        return 200


class Forwarder(OtlpServer):
    """Answers at once, and passes each request on to every target until that has taken it.

    Args:
        targets: give the address to send to at this moment.
    """

    def __init__(self, targets: Sequence[Callable[[], str]]) -> None:
        super().__init__(self._take)
        self._queues = [Queue[bytes | None]() for _ in targets]
        self._workers = [
            threading.Thread(target=_pass_on, args=(queue, target), daemon=True)
            for queue, target in zip(self._queues, targets, strict=True)
        ]

    def _take(self, body: bytes) -> int:
        for queue in self._queues:
            queue.put(body)
        return 200

    def __enter__(self) -> Self:
        for worker in self._workers:
            worker.start()
        return super().__enter__()

    def flush(self) -> None:
        """Wait until every target has taken everything."""
        for queue, worker in zip(self._queues, self._workers, strict=True):
            queue.put(None)
            worker.join(DEADLINE_S)
            assert not worker.is_alive(), "a target never took what it was sent"


def _pass_on(queue: "Queue[bytes | None]", target: Callable[[], str]) -> None:
    while (body := queue.get()) is not None:
        while not _post(target(), body):
            time.sleep(0.05)  # between attempts, as a Collector's sending queue pauses


def _post(address: str, body: bytes) -> bool:
    connection = HTTPConnection(urlsplit(address).netloc, timeout=DEADLINE_S)
    try:
        connection.request("POST", "/v1/traces", body, {"Content-Type": PROTOBUF})
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except (OSError, HTTPException):  # it is down
        return False
    finally:
        connection.close()
