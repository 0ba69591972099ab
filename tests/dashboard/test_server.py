"""``tierscope serve`` from the outside: what it prints, how it refuses, how it ends."""

import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tierscope.errors import InputError
from tierscope.instrumentation.receiver.listener import open_listener

WITHOUT_STREAMLIT = "import sys; sys.modules['streamlit'] = None; from tierscope.cli import main; main(['serve'])"


def _serve(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tierscope", "serve", "--store", "s.duckdb", "--no-grpc", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_prints_its_address_answers_there_and_ends_at_ctrl_c_without_a_word(tmp_path: Path) -> None:
    server = _serve(tmp_path, "--port", "0", "--otlp-port", "0")
    assert server.stdout is not None
    line = server.stdout.readline()
    assert line.startswith(f"Dashboard on {tmp_path}/s.duckdb:  http://127.0.0.1:")
    assert server.stdout.readline().startswith("Receiving OTLP spans at http://127.0.0.1:")
    address = line.split()[3]
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=120) as answer:
        assert answer.read() == b"ok"
    server.send_signal(signal.SIGINT)
    out, errors = server.communicate(timeout=120)
    assert (server.returncode, out, errors) == (0, "", "")


def test_taken_port_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        out, errors = (server := _serve(tmp_path, "--port", str(port))).communicate(timeout=120)
    assert (server.returncode, out) == (2, "")
    assert errors == (
        f"tierscope: Port {port} on 127.0.0.1 cannot be used (address already in use): "
        f"take another one, such as  --port {port + 1}, or --port 0 for any that is free.\n"
    )


def test_address_beyond_loopback_needs_tokens_for_sending_and_for_looking(tmp_path: Path) -> None:
    out, errors = (server := _serve(tmp_path, "--host", "0.0.0.0", "--behind-proxy")).communicate(timeout=30)
    assert (server.returncode, out) == (2, "")
    store = tmp_path / "s.duckdb"
    assert errors == (
        f"tierscope: A server on 0.0.0.0 asks everybody for a token, and there is none for {store} yet that allows "
        f"ingest and read: make one with  tierscope token create NAME --scope ingest --scope read --store {store}\n"
    )


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT_STREAMLIT], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("tierscope: The dashboard needs the 'dashboard' extra: run  pip install")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.2"])
def test_listener_takes_a_free_port_of_a_loopback_address(host: str) -> None:
    with open_listener(host, 0) as listener:
        assert listener.getsockname()[1] > 0


def test_privileged_port_says_which_ports_to_take() -> None:
    with pytest.raises(InputError, match=r"Port 70000 on 127\.0\.0\.1 cannot be used .*between 1 and 65535"):
        open_listener("127.0.0.1", 70_000)
