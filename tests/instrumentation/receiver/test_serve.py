"""``tierscope serve`` receives spans too, on its own port and where senders expect it."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from tests.instrumentation.receiver.conftest import DEADLINE_S, PROTOBUF, make_body
from tierscope.instrumentation.store import Store

Serve = Callable[..., list[str]]


@pytest.fixture
def serve(tmp_path: Path) -> Generator[Serve]:
    """Start it with arguments; returns the two lines that it prints."""
    servers: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> list[str]:
        command = [sys.executable, "-m", "tierscope", "serve", "--port", "0", "--no-grpc", *arguments]
        server = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        servers.append(server)
        assert server.stdout is not None
        return [server.stdout.readline(), server.stdout.readline()]

    yield start
    for server in servers:
        server.terminate()
        server.communicate(timeout=DEADLINE_S)


def _send(url: str, span_id: int) -> int:
    request = urllib.request.Request(url, make_body(span_id), {"Content-Type": PROTOBUF})
    with urllib.request.urlopen(request, timeout=DEADLINE_S) as answer:
        return int(answer.status)


def test_spans_are_taken_on_both_ports(serve: Serve, tmp_path: Path) -> None:
    dashboard, receiver = serve("--otlp-port", "0")
    own = next(word for word in dashboard.split() if word.startswith("http://"))
    assert _send(f"{own}/v1/traces", 1) == 200
    assert _send(receiver.split()[-1], 2) == 200
    store = Store(tmp_path / "tierscope.duckdb")
    store.refresh()
    assert sorted(store.query("SELECT span_id FROM spans")["span_id"]) == [f"{1:016x}", f"{2:016x}"]


def test_taken_port_is_said_and_the_dashboard_goes_on(serve: Serve) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        _, receiver = serve("--otlp-port", str(port))
    address = receiver.split()[4]
    assert receiver == f"Receiving OTLP spans at {address} only, since port {port} is taken\n"
    assert _send(address, 3) == 200
