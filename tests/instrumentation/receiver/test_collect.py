"""``tierscope collect`` from the outside: what it prints, how it refuses, how it ends."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.instrumentation.receiver.conftest import Collector, make_body
from tierscope.instrumentation.inventory import count_store
from tierscope.instrumentation.tallies import load_tallies

WITHOUT_UVICORN = "import sys; sys.modules['uvicorn'] = None; from tierscope.cli import main; main(['collect'])"


def _collect(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "tierscope", "collect", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_says_where_to_send_and_ends_without_a_word(tmp_path: Path, end: signal.Signals) -> None:
    with Collector(tmp_path) as collector:
        assert collector.announcement == (
            f"Receiving OTLP spans into {tmp_path}/tierscope.duckdb at {collector.address}/v1/traces "
            f"(Ctrl-C stops it); senders set  OTEL_EXPORTER_OTLP_ENDPOINT={collector.address} "
            "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\n"
        )
        assert collector.send(make_body(1)).status == 200
        collector.process.send_signal(end)
        out, errors = collector.process.communicate(timeout=120)
    assert (collector.process.returncode, out, errors) == (0, "", "")
    assert collector.stored_ids() == [f"{1:016x}"]


def test_counts_of_a_receiver_are_found_by_others_while_it_runs_and_after_its_end(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector:
        assert collector.send(make_body(1, 2, 0)).status == 200
        assert collector.send(b"garbage").status == 400
        deadline = time.monotonic() + 60
        while not (tallies := load_tallies(collector.store.spool.folder)):
            assert time.monotonic() < deadline, "nothing was counted"
            time.sleep(0.05)
        assert (tallies[0].stored, tallies[0].left_out) == (2, 1)
        assert collector.send(make_body(3)).status == 200
        assert collector.send(make_body(4), method="PUT").status == 405
        collector.process.send_signal(signal.SIGTERM)
        collector.process.communicate(timeout=120)
    collector.store.refresh()
    facts = count_store(collector.store)
    counts = ("accepted_spans", "stored_spans", "dropped_spans", "left_out_spans", "refused_requests")
    assert [facts[name] for name in counts] == [3, 3, 0, 1, 2]


def test_taken_port_is_one_line_with_the_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = _collect(tmp_path, "--port", str(port))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"tierscope: Port {port} on 127.0.0.1 cannot be used (address already in use): "
        f"take another one, such as  --port {port + 1}, or --port 0 for any that is free.\n"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", "127.evil.example"])
def test_address_beyond_loopback_needs_tls(tmp_path: Path, host: str) -> None:
    ended = _collect(tmp_path, "--host", host)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"tierscope: Without TLS, everybody on the way to {host} could read the tokens and the spans: give "
        "--tls-certificate and --tls-key, or --behind-proxy where a proxy in front ends TLS.\n"
    )


def test_address_beyond_loopback_needs_a_token(tmp_path: Path) -> None:
    ended = _collect(tmp_path, "--host", "0.0.0.0", "--behind-proxy")
    assert (ended.returncode, ended.stdout) == (2, "")
    store = tmp_path / "tierscope.duckdb"
    assert ended.stderr == (
        f"tierscope: A server on 0.0.0.0 asks everybody for a token, and there is none for {store} yet that allows "
        f"ingest: make one with  tierscope token create NAME --scope ingest --store {store}\n"
    )


@pytest.mark.parametrize("command", [["collect"], ["serve", "--otlp-port", "0"]])
def test_redaction_that_is_not_understood_is_said_before_anything_listens(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "tierscope.toml").write_text('[redaction]\npatterns = { case = "(" }\n')
    arguments = [sys.executable, "-m", "tierscope", *command, "--port", "0", "--no-grpc"]
    ended = subprocess.run(arguments, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("tierscope: setting 'redaction.patterns.case' = '(' is no regular expression of RE2")


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_UVICORN]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("tierscope: The receiver needs the 'receiver' extra: run  pip install")
    assert ended.stderr.count("\n") == 1
