"""No secret is written anywhere: not by a server under good and bad requests, not by any command, not into any file."""

import http.client
import os
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Generator
from pathlib import Path

import grpc
import pytest

from tests.instrumentation.receiver.conftest import DEADLINE_S, PROTOBUF, make_body
from tierscope.instrumentation.access import Scope, TokenBook

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


class Server:
    """``tierscope serve`` with both transports, asking for tokens, as talkative as it can be made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = ("--port", "0", "--otlp-port", "0", "--grpc-port", "0")
        self.process = subprocess.Popen(
            [sys.executable, "-X", "dev", "-m", "tierscope", "serve", *ports, "--require-tokens"],
            cwd=folder,
            env={**os.environ, "PYTHONWARNINGS": "default", "GRPC_VERBOSITY": "info"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.lines = [self.process.stdout.readline() for _ in range(3)]
        self.http = next(word for word in self.lines[0].split() if word.startswith("http://")).removeprefix("http://")
        self.grpc = self.lines[2].split()[-1].removeprefix("http://")

    def ask(self, method: str, path: str, body: bytes, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self.http, timeout=DEADLINE_S)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        response.read()
        connection.close()
        return response

    def call(self, authorization: str) -> None:
        with grpc.insecure_channel(self.grpc) as channel:
            export: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXPORT)
            export(make_body(3), timeout=DEADLINE_S, metadata=(("authorization", authorization),))

    def end(self) -> str:
        self.process.send_signal(signal.SIGINT)
        out, errors = self.process.communicate(timeout=DEADLINE_S)
        return "".join(self.lines) + out + errors


@pytest.fixture
def secrets(tmp_path: Path) -> dict[Scope, str]:
    """One token of each scope."""
    (tmp_path / "store").mkdir()
    book = TokenBook.of_store(tmp_path / "store" / "tierscope.duckdb")
    return {scope: book.create(f"for {scope}", (scope,), None)[1] for scope in Scope}


@pytest.fixture
def server(tmp_path: Path, secrets: dict[Scope, str]) -> Generator[Server]:
    started = Server(tmp_path / "store")
    yield started
    started.process.kill()
    started.process.communicate()


def _use(server: Server, secrets: dict[Scope, str]) -> str:
    """Send, look, and fail to, in every way; returns the cookie of a session."""
    for secret in (*secrets.values(), secrets[Scope.INGEST][:-1], secrets[Scope.INGEST] + ",x"):
        server.ask("POST", "/v1/traces", make_body(1), Content_Type=PROTOBUF, Authorization=f"Bearer {secret}")
        server.ask("POST", "/v1/traces", b"garbage", Content_Type=PROTOBUF, Authorization=f"Bearer {secret}")
        server.ask("POST", f"/v1/traces?token={secret}", make_body(2), Content_Type=PROTOBUF)
        server.ask("GET", f"/?token={secret}", b"", Accept="text/html")
    server.call(f"Bearer {secrets[Scope.INGEST]}")
    for authorization in ("Bearer " + secrets[Scope.READ], secrets[Scope.INGEST]):
        with pytest.raises(grpc.RpcError):
            server.call(authorization)
    server.ask("POST", "/login", urllib.parse.urlencode({"token": secrets[Scope.INGEST]}).encode())
    server.ask("POST", "/login", urllib.parse.urlencode({"token": secrets[Scope.READ][:-1]}).encode())
    answer = server.ask("POST", "/login", urllib.parse.urlencode({"token": secrets[Scope.READ]}).encode())
    cookie = str(answer.getheader("set-cookie")).partition(";")[0]
    assert server.ask("GET", "/", b"", Cookie=cookie).status == 200
    return cookie


def _run_commands(server: Server, secrets: dict[Scope, str]) -> str:
    identifier = secrets[Scope.INGEST].split("_")[1]
    printed = ""
    for arguments in (
        ("token", "list", "--json"),
        ("token", "revoke", secrets[Scope.INGEST]),
        ("token", "revoke", identifier),
        ("--show-settings",),
        ("store", "export", "exported"),
        ("store", "copy", "tierscope.duckdb", "copy.duckdb"),
    ):
        ended = subprocess.run(
            [sys.executable, "-m", "tierscope", *arguments],
            cwd=server.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
        printed += ended.stdout + ended.stderr
    return printed


def _read_process(pid: int) -> str:
    folder = Path("/proc") / str(pid)
    return "".join((folder / name).read_text(errors="replace") for name in ("cmdline", "comm", "environ"))


def test_no_secret_is_printed_logged_or_written(server: Server, secrets: dict[Scope, str]) -> None:
    cookie = _use(server, secrets)
    seen = _run_commands(server, secrets) + _read_process(server.process.pid) + server.end()
    assert "a login from 127.0.0.1 failed" in seen
    files = [path for path in server.folder.rglob("*") if path.is_file()]
    assert {"tierscope.duckdb", "copy.duckdb", "manifest.json"} <= {path.name for path in files}
    hidden = [*(secret.rpartition("_")[2][:16] for secret in secrets.values()), cookie.rpartition(".")[2]]
    for part in hidden:
        assert part not in seen
        for path in files:
            assert part.encode() not in path.read_bytes(), path
    digests = [token.digest for token in TokenBook.of_store(server.folder / "tierscope.duckdb").load_tokens()]
    holding = {path.name for path in files if any(digest.encode() in path.read_bytes() for digest in digests)}
    assert holding == {"tierscope.duckdb.tokens.json"}
