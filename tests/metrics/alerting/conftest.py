"""A webhook's other side, and runs with something wrong in them."""

import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from tierscope.instrumentation.alert_settings import AlertSettings
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder

OK: tuple[int, dict[str, str]] = (200, {})


@dataclass(frozen=True, slots=True)
class Delivery:
    headers: Message
    body: bytes

    @property
    def notice(self) -> dict[str, Any]:
        notice: dict[str, Any] = orjson.loads(self.body)
        return notice


@dataclass(slots=True)
class Hook:
    """A web server that answers as it is told and keeps what it gets."""

    url: str
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    answers: Iterator[tuple[int, dict[str, str]]] = field(default_factory=lambda: iter(()))
    """Status and headers of the next answers; 200 once they are used up."""


@pytest.fixture
def make_hook() -> Generator[Callable[[], Hook]]:
    servers: list[ThreadingHTTPServer] = []

    def make() -> Hook:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                made.deliveries.append(Delivery(self.headers, body))
                status, headers = next(made.answers, OK)
                self.send_response(status)
                for name, value in {"Content-Length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # silent
                """Nothing: a test's output is read where it fails."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        made = Hook(f"http://127.0.0.1:{server.server_port}/in/a-secret-path")
        threading.Thread(target=server.serve_forever, args=(0.02,)).start()
        servers.append(server)
        return made

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def hook(make_hook: Callable[[], Hook]) -> Hook:
    return make_hook()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "runs.duckdb", settings=Settings())


def settings_of(hook: Hook, **section: object) -> AlertSettings:
    return AlertSettings.model_validate({"webhooks": [hook.url], **section})


def deep_run(run_id: str) -> RunBuilder:
    """Three tiers where two are allowed, and a member that ended in a failure token."""
    run = RunBuilder(run_id, label=run_id, version="v1", spawn_limit=1)
    run.agent("root", ms=(0, 100))
    run.agent("lead", "root", (10, 90))
    run.agent("analyst", "lead", (20, 80))
    run.gap("root", "auditor")
    return run
