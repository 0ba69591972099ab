"""The doctor: each thing that keeps spans from arriving or from being shown is found, and named with a way out."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from tests.instrumentation.making import make_span
from tests.instrumentation.upkeep.test_pruning import make_agent
from tierscope.instrumentation.inventory import count_store
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.tallies import Tally, TallySheet, load_tallies
from tierscope.instrumentation.upkeep.diagnosis import diagnose
from tierscope.instrumentation.upkeep.finding import Finding, describe_age
from tierscope.instrumentation.upkeep.pruning import PruneSelection, prune


class Usage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.fixture
def port() -> Generator[int]:
    """A port of this machine on which something listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> Generator[int]:
    """A port of this machine that is taken, but on which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@pytest.fixture
def healthy(store: Store) -> Store:
    store.append([make_agent(1, 1)])
    store.refresh()
    return store


def examine(store: Store, port: int, **environment: str) -> dict[str, Finding]:
    """Findings by check; of several of one check the worst comes last."""
    return {finding.check: finding for finding in diagnose(store, environment, (port,))}


def unwell(store: Store, port: int, **environment: str) -> dict[str, str]:
    findings = examine(store, port, **environment).values()
    return {finding.check: finding.verdict for finding in findings if finding.verdict != "ok"}


def test_healthy_store_has_nothing_to_complain_of(healthy: Store, port: int) -> None:
    findings = examine(healthy, port)
    assert {finding.verdict for finding in findings.values()} == {"ok"}
    assert len(findings) == 14
    assert findings["arrival"].finding.startswith("1 spans are stored, the last ones ")


def test_every_fault_comes_with_a_way_out(store: Store, closed_port: int) -> None:
    findings = examine(store, closed_port, OTEL_SDK_DISABLED="true").values()
    assert {finding.check for finding in findings if finding.fix} == {"path", "receiver", "senders"}
    assert all((finding.fix is not None) == (finding.verdict != "ok") for finding in findings)


def test_missing_store_is_named_and_not_made(store: Store, port: int) -> None:
    finding = examine(store, port)["path"]
    assert (finding.verdict, finding.finding) == ("failed", f"nothing was ever recorded at {store.path}")
    assert list(store.path.parent.iterdir()) == []


def test_folder_without_permission_is_named(healthy: Store, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The superuser, as whom tests may run, may write anywhere; so the system's answer is put in its place.
    def may_access(path: Path, mode: int) -> bool:
        return path != healthy.spool.folder

    monkeypatch.setattr(os, "access", may_access)
    finding = examine(healthy, port)["path"]
    assert finding.finding == f"{healthy.spool.folder} may not be written by this user"


@pytest.mark.parametrize(("free_mib", "verdict"), [(50, "failed"), (500, "warning"), (5000, "ok")])
def test_little_room_on_the_disk_is_told(
    healthy: Store, port: int, monkeypatch: pytest.MonkeyPatch, free_mib: int, verdict: str
) -> None:
    def measure(path: Path) -> Usage:
        return Usage(10**12, 0, free_mib * 1024 * 1024)

    monkeypatch.setattr(shutil, "disk_usage", measure)
    assert examine(healthy, port)["disk"].verdict == verdict


HOLD = """
import sys
from tierscope.instrumentation.store import Store
store = Store(sys.argv[1])
with getattr(store, sys.argv[2])() if sys.argv[2] == "hold_still" else store.database.write():
    print("held", flush=True)
    input()
"""


@pytest.mark.parametrize("how", ["hold_still", "write"])
def test_holder_of_the_store_is_named(healthy: Store, port: int, how: str) -> None:
    impatient = Store(healthy.path, settings=Settings(lock_timeout_ms=300))
    command = [sys.executable, "-c", HOLD, str(healthy.path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        finding = examine(impatient, port)["locks"]
        holder.communicate("\n")
    assert finding.verdict == "failed"
    assert f"by process {holder.pid} (-c " in finding.finding


def test_store_of_a_newer_version_and_a_file_of_something_else_are_told(healthy: Store, port: int) -> None:
    with duckdb.connect(str(healthy.path)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_future', 0)")
    finding = examine(Store(healthy.path), port)["schema"]
    assert (finding.verdict, finding.fix) == ("failed", "upgrade with  pip install --upgrade tierscope")
    healthy.path.write_text("hello " * 1000)
    assert "is not a DuckDB database" in examine(Store(healthy.path), port)["schema"].finding


def test_segments_that_nobody_drains_are_told_with_their_age(healthy: Store, port: int) -> None:
    healthy.append([make_agent(2, 2)])
    assert examine(healthy, port)["spool"].verdict == "ok"
    [segment] = healthy.spool.list_segments()
    old = f"{time.time_ns() - 3 * 3600 * 10**9:020d}{segment.name[20:]}"
    (healthy.spool.folder / segment.name).rename(healthy.spool.folder / old)
    finding = examine(healthy, port)["spool"]
    assert finding.verdict == "warning"
    assert finding.finding.startswith("1 segments wait (")
    assert finding.finding.endswith("the oldest for 3 h: nobody brings the store up to date")
    assert len(healthy.spool.list_segments()) == 1, "looking changes nothing"


def test_spool_at_its_limit_is_told(healthy: Store, port: int) -> None:
    small = Store(healthy.path, settings=Settings(max_spool_mib=1))
    small.spool.append_body(bytes(1024 * 1024))
    finding = examine(small, port)["spool"]
    assert (finding.verdict, "the limit of 1 MiB is reached" in finding.finding) == ("failed", True)


def test_quarantined_segments_are_told_with_their_reasons(healthy: Store, port: int) -> None:
    healthy.spool.append_body(b"\x0a\xff\xffgarbage")
    [segment] = healthy.spool.list_segments()
    healthy.refresh()
    finding = examine(healthy, port)["quarantine"]
    assert finding.verdict == "warning"
    assert f"{segment.name}: it is not an OTLP trace request in protobuf" in finding.finding


def test_spans_dropped_by_another_process_are_told(healthy: Store, port: int) -> None:
    sheet = TallySheet(healthy.spool.folder)
    sheet.write(90, 90, 0)
    assert examine(healthy, port)["counters"].finding == "1 processes stored 90 spans and dropped none"
    sheet.write(90, 90, 10, is_last=True)
    finding = examine(healthy, port)["counters"]
    assert finding.verdict == "warning"
    assert f"process {os.getpid()} (" in finding.finding
    assert "dropped 10 of 100, last counted" in finding.finding
    facts = count_store(healthy)
    assert (facts["accepted_spans"], facts["stored_spans"], facts["dropped_spans"]) == (90, 90, 10)


def test_tallies_are_written_at_most_once_a_second_and_never_where_there_is_no_spool(tmp_path: Path) -> None:
    TallySheet(tmp_path / "missing").write(1, 1, 0)
    assert list(tmp_path.iterdir()) == []
    sheet = TallySheet(tmp_path)
    for number in range(1, 4):
        sheet.write(number, number, 0)
    assert [tally.stored for tally in load_tallies(tmp_path)] == [1]
    sheet.write(4, 4, 0, is_last=True)
    (tmp_path / "tallies" / "other.json").write_text("not json")
    [tally] = load_tallies(tmp_path)
    assert tally == Tally(tally.recorder, 4, 4, 0, tally.at_ns)


def test_tallies_of_processes_long_gone_are_removed(tmp_path: Path) -> None:
    TallySheet(tmp_path).write(1, 1, 0)
    [old] = (tmp_path / "tallies").iterdir()
    os.utime(old, (0, 0))
    TallySheet(tmp_path).write(2, 2, 0)
    assert [tally.stored for tally in load_tallies(tmp_path)] == [2]


@pytest.mark.parametrize(
    ("environment", "verdict", "said"),
    [
        ({"OTEL_SDK_DISABLED": "True"}, "failed", "no span is recorded"),
        ({"OTEL_TRACES_EXPORTER": "none"}, "warning", "spans are not sent over OTLP"),
        ({"OTEL_TRACES_EXPORTER": "otlp,console"}, "ok", "nothing in this environment"),
        ({"OTEL_TRACES_SAMPLER": "parentbased_always_off"}, "failed", "every span is dropped"),
        ({"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"}, "warning", "a share of 0.1"),
        ({"OTEL_TRACES_SAMPLER": "parentbased_traceidratio"}, "ok", "nothing in this environment"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example.com"}, "warning", "sends to otel.example.com"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:{closed}"}, "failed", "where nothing listens"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:{open}"}, "ok", "nothing in this environment"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:{open}"}, "ok", "nothing in this environment"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:port"}, "failed", "is no address"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:{open}"}, "failed", "lacks the path /v1/traces"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:{open}/v1/traces"}, "ok", "nothing in this"),
        (
            {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:{open}", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "ok",
            "nothing in this environment",
        ),
    ],
)
def test_environment_that_keeps_spans_away_is_told(
    store: Store, port: int, closed_port: int, environment: dict[str, str], verdict: str, said: str
) -> None:
    filled = {name: value.format(open=port, closed=closed_port) for name, value in environment.items()}
    finding = examine(store, port, **filled)["senders"]
    assert (finding.verdict, said in finding.finding) == (verdict, True), finding


def test_receiver_that_is_not_there_is_noted(store: Store, closed_port: int) -> None:
    finding = examine(store, closed_port)["receiver"]
    assert finding.verdict == "note"
    assert finding.finding.startswith(f"nothing listens on 127.0.0.1:{closed_port}")


def test_spans_in_which_no_agent_is_recognised_are_told_with_their_scopes(store: Store, port: int) -> None:
    store.append([make_span(trace=1, scope_name="my.http"), make_span(trace=1)])
    store.refresh()
    finding = examine(store, port)["agents"]
    assert finding.verdict == "failed"
    assert "in 1 of 1 runs, whose spans are of (no name) (1 spans), my.http (1 spans)" in finding.finding
    assert finding.fix is not None
    assert "docs/conventions.md" in finding.fix
    store.append([make_agent(2, 20)])
    store.refresh()
    assert examine(store, port)["agents"].verdict == "note"


def test_clocks_ahead_are_told(store: Store, port: int) -> None:
    later_ns = time.time_ns() + 3 * 3600 * 10**9
    store.append([make_span(trace=1, start_ns=later_ns, end_ns=later_ns)])
    store.refresh()
    finding = examine(store, port)["clocks"]
    assert (finding.verdict, "1 spans start in the future, by up to 3 h" in finding.finding) == ("warning", True)


def test_traces_not_derived_are_told(healthy: Store, port: int) -> None:
    healthy.append([make_agent(2, 2)])
    healthy.drain()
    assert examine(healthy, port)["derivation"].verdict == "ok", "it may still be done"
    with healthy.database.write() as connection:
        connection.execute("UPDATE stale_traces SET arrived_ns = arrived_ns - 120_000_000_000")
    assert unwell(healthy, port) == {"derivation": "warning"}
    healthy.refresh()
    assert unwell(healthy, port) == {}


def test_pruned_traces_are_noted_and_bytes_left_of_them_told(healthy: Store, port: int) -> None:
    prune(healthy, PruneSelection(run_ids=[f"{1:032x}"]))
    assert unwell(healthy, port) == {"arrival": "warning", "pruning": "note"}
    with healthy.database.write() as connection:
        connection.execute("UPDATE pruned_traces SET is_erased = FALSE")
    assert examine(healthy, port)["pruning"].fix == "run  tierscope store compact"


def test_ages_are_told_in_the_largest_unit_that_fits_twice() -> None:
    ages = [-1, 5, 119, 120, 7199, 7200, 172_800]
    assert [describe_age(age) for age in ages] == ["0 s", "5 s", "119 s", "2 min", "120 min", "2 h", "2 d"]
