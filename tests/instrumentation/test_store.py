"""The store: spans once, finished before pending, whoever wrote and read them and in which order."""

import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.instrumentation.making import START_NS, make_span
from tierscope.errors import StoreError, StoreLockedError, StoreMissingError, StoreNewerError
from tierscope.instrumentation.schema import load_migrations
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.spans import Span, SpanLink
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.turnstile import FileLock

TRACE = f"{1:032x}"


def stored_ends(store: Store) -> dict[str, int | None]:
    ends: dict[str, int | None] = {}
    for span_id, end_ns in store.query("SELECT span_id, end_ns FROM spans").rows():
        assert span_id not in ends, "a span is there twice"
        ends[span_id] = end_ns
    return ends


def test_appended_spans_are_visible_after_refresh_and_come_back_whole(store: Store) -> None:
    spans = [make_span(number=1, links=(SpanLink("f" * 32, "e" * 16, {"why": "retry"}),)), make_span(number=2)]
    assert store.append(spans) == 2
    assert store.exists
    assert store.query("SELECT * FROM spans").is_empty()
    assert store.refresh() == 2
    assert store.load_spans([TRACE]) == spans
    assert store.load_spans(["0" * 32]) == []
    assert store.spool.list_segments() == []


def test_nothing_appended_is_nothing_written(store: Store) -> None:
    assert store.append([]) == 0
    assert store.refresh() == 0
    assert not store.exists


def test_promoted_columns_are_taken_from_the_attributes(store: Store) -> None:
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "macro"}
    store.append([make_span(attributes=attributes, resource={"service.name": "research"}), make_span()])
    store.refresh()
    rows = store.query("SELECT operation, agent_name, service FROM spans ORDER BY ALL").rows()
    assert rows == [("invoke_agent", "macro", "research"), (None, None, None)]


PENDING = make_span(number=7, end_ns=None, attributes={"tierscope.pending": True})
FINISHED = make_span(number=7)
CORRECTED = replace(FINISHED, name="corrected")
EARLIER = replace(FINISHED, start_ns=FINISHED.start_ns - 3600 * 10**9)
LATER = replace(FINISHED, start_ns=FINISHED.start_ns + 1)


@pytest.mark.parametrize("apart", [False, True], ids=["one_drain", "drain_each"])
@pytest.mark.parametrize(
    ("versions", "winner"),
    [
        ([PENDING, FINISHED], FINISHED),
        ([FINISHED, PENDING], FINISHED),
        ([FINISHED, FINISHED], FINISHED),
        ([PENDING, PENDING], PENDING),
        ([FINISHED, CORRECTED], CORRECTED),
        ([FINISHED, CORRECTED, PENDING], CORRECTED),
        ([FINISHED, EARLIER], EARLIER),
        ([EARLIER, FINISHED, LATER], LATER),
        ([EARLIER, replace(PENDING, start_ns=1)], EARLIER),
    ],
)
def test_finished_record_wins_then_the_newer_one(store: Store, versions: list[Span], winner: Span, apart: bool) -> None:
    for version in versions:
        store.append([version])
        if apart:
            store.refresh()
    store.refresh()
    assert store.load_spans([TRACE]) == [winner]


@settings(max_examples=8)
@given(
    arrivals=st.lists(st.tuples(st.integers(1, 6), st.booleans(), st.booleans()), min_size=1, max_size=8),
)
def test_any_order_of_arrival_leaves_each_span_once_and_finished_if_it_ever_was(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[int, bool, bool]]
) -> None:
    store = Store(tmp_path_factory.mktemp("store") / "spans.duckdb")
    expected: dict[str, int | None] = {}
    for number, is_finished, drains in arrivals:
        span = make_span(number=number)
        span = span if is_finished else replace(span, end_ns=None)
        expected[span.span_id] = span.end_ns or expected.get(span.span_id)
        store.append([span])
        if drains:
            store.refresh()
    store.refresh()
    assert stored_ends(store) == expected


def test_segment_that_a_drain_left_behind_is_not_stored_again(store: Store, tmp_path: Path) -> None:
    store.append([FINISHED])
    shutil.copytree(store.spool.folder, tmp_path / "copy")
    store.refresh()
    [left_behind] = (tmp_path / "copy").glob("*.arrow")
    shutil.copy(left_behind, store.spool.folder)  # as if the drain had died before it deleted the file
    store.append([CORRECTED])
    assert store.refresh() == 1
    assert store.load_spans([TRACE]) == [CORRECTED]
    assert store.spool.list_segments() == []


def test_ledger_forgets_segments_whose_files_are_gone(store: Store) -> None:
    for number in range(5):
        store.append([make_span(number=number)])
        store.refresh()
    assert store.query("SELECT count(*) FROM drained_segments").item() == 1


def test_torn_segment_is_set_aside_and_the_rest_goes_on(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(3):
        store.append([make_span(number=number)])
    torn = store.spool.list_segments()[1]
    path = store.spool.folder / torn.name
    path.write_bytes(path.read_bytes()[:-100])
    store.spool.append_body(b"\x0a\xff\xffgarbage")
    assert store.refresh() == 2
    assert [one.suffix for one in store.spool.list_quarantined()] == [".arrow", ".otlp"]
    assert f"segment {torn.name} was set aside in {store.spool.quarantine}" in caplog.text
    assert len(stored_ends(store)) == 2


def test_bodies_as_they_came_are_decoded_at_the_drain_even_several_joined(store: Store) -> None:
    bodies: list[bytes] = []
    for number in (1, 2):
        request = ExportTraceServiceRequest()
        span = request.resource_spans.add().scope_spans.add().spans.add()
        span.trace_id, span.span_id = bytes(15) + b"\1", bytes(7) + bytes([number])
        span.start_time_unix_nano = START_NS
        bodies.append(request.SerializeToString())
    store.spool.append_body(b"".join(bodies))
    store.spool.append_body(b"")
    assert store.refresh() == 2
    assert stored_ends(store) == {f"{1:016x}": None, f"{2:016x}": None}


def test_missing_store_says_how_to_make_one(store: Store) -> None:
    with pytest.raises(StoreMissingError, match=r"no span store at .*spans\.duckdb: record or import something"):
        store.query("SELECT 1")


def test_file_that_is_no_database_is_named(store: Store) -> None:
    store.path.write_text("hello " * 1000)
    with pytest.raises(StoreError, match=r"spans\.duckdb is not a DuckDB database: name another file with --store"):
        store.query("SELECT 1")
    store.append([FINISHED])
    with pytest.raises(StoreError, match="is not a DuckDB database"):
        store.refresh()
    assert len(store.spool.list_segments()) == 1


def test_database_of_something_else_is_left_alone(store: Store) -> None:
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    store.append([FINISHED])
    with pytest.raises(StoreError, match="is a DuckDB database, but not a span store"):
        store.refresh()
    with duckdb.connect(str(store.path)) as connection:
        assert connection.execute("SHOW TABLES").fetchall() == [("customers",)]


def test_folder_in_place_of_a_store_is_named(store: Store) -> None:
    store.path.mkdir()
    with pytest.raises(StoreError, match="cannot be opened as a span store"):
        store.query("SELECT 1")


def test_store_of_a_newer_version_is_refused(store: Store) -> None:
    store.append([FINISHED])
    store.refresh()
    with duckdb.connect(str(store.path)) as connection:
        connection.execute("INSERT INTO schema_migrations VALUES (999, '0999_future', 0)")
    with pytest.raises(StoreNewerError, match=r"written by a newer tierscope \(schema 999, this one knows \d+\)"):
        Store(store.path).query("SELECT 1")


def test_empty_database_is_brought_to_life(store: Store) -> None:
    duckdb.connect(str(store.path)).close()
    assert store.query("SELECT max(number) FROM schema_migrations").item() == load_migrations()[-1].number


def test_crash_while_the_database_is_made_leaves_no_half_of_it(store: Store) -> None:
    store.append([FINISHED])
    store.path.with_name("spans.duckdb.new").write_bytes(b"half a database")
    assert store.refresh() == 1
    assert not store.path.with_name("spans.duckdb.new").exists()


def test_reading_what_only_waits_in_the_spool_finds_an_empty_store(store: Store) -> None:
    store.append([FINISHED])
    assert store.query("SELECT count(*) FROM spans").item() == 0


def test_store_held_by_a_reader_is_reported_to_the_writer(store: Store) -> None:
    store.append([FINISHED])
    store.refresh()
    store.append([CORRECTED])
    with store.read(), pytest.raises(StoreLockedError, match=r"the store .* was held for 0\.1 s by process \d+"):
        Store(store.path, settings=Settings(lock_timeout_ms=100)).refresh()
    assert len(store.spool.list_segments()) == 1
    assert store.refresh() == 1


HOLD_PAST_THE_TURNSTILE = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_program_that_opened_the_file_itself_is_named(store: Store) -> None:
    store.append([FINISHED])
    store.refresh()
    command = [sys.executable, "-c", HOLD_PAST_THE_TURNSTILE, str(store.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert store.append([CORRECTED]) == 1, "recording waits for no database"
        with pytest.raises(StoreLockedError, match=rf"was held for 0\.2 s by \S+ \(PID {holder.pid}\): close it there"):
            Store(store.path, settings=Settings(lock_timeout_ms=200)).query("SELECT 1")
        holder.communicate()
    assert store.refresh() == 1


def test_refresh_waits_for_nobody_when_only_asked_if_due(store: Store) -> None:
    store.append([FINISHED])
    assert not store.refresh_if_due(), "the segment is not a second old yet"
    for number in range(80):
        store.append([make_span(number=number)])
    assert store.refresh_if_due()
    assert len(stored_ends(store)) == 80
    with FileLock(store.spool.folder / "locks" / "refresh", "another process").hold(wait_s=0):
        for number in range(80, 160):
            store.append([make_span(number=number)])
        assert not store.refresh_if_due()


APPEND = """
import sys
from tests.instrumentation.making import make_span
from tierscope.instrumentation.store import Store
store = Store(sys.argv[1])
first = int(sys.argv[2])
for number in range(first, first + 100):
    store.append([make_span(number=number)])
    if number % 20 == 0:
        store.refresh()
"""


def test_two_writing_processes_and_readers_share_one_store(store: Store) -> None:
    store.append([make_span(number=999)])
    store.refresh()
    seen: list[int] = []
    is_over = threading.Event()

    def read() -> None:
        reader = Store(store.path)
        while not is_over.is_set():
            seen.append(reader.query("SELECT count(DISTINCT span_id) FROM spans").item())

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", APPEND, str(store.path)]
    writers = [subprocess.Popen([*command, str(first)], cwd=root) for first in (1000, 2000)]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    is_over.set()
    for reader in readers:
        reader.join()
    store.refresh()
    assert len(stored_ends(store)) == 201
    assert len(seen) > 2
    assert min(seen) >= 1


def test_threads_of_one_process_read_and_refresh_at_once(store: Store) -> None:
    store = Store(store.path)
    store.append([make_span(number=0)])
    store.refresh()

    def read() -> None:
        for _ in range(20):
            assert store.query("SELECT count(*) FROM spans").item() >= 1

    def write(first: int) -> None:
        for number in range(first, first + 5):
            store.append([make_span(number=number)])
            store.refresh()

    with ThreadPoolExecutor() as pool:
        work = [pool.submit(read) for _ in range(3)] + [pool.submit(write, first) for first in (100, 200)]
        for one in work:
            one.result()
    assert len(stored_ends(store)) == 11


def test_a_trace_of_33_000_spans_is_stored_and_read_whole(store: Store) -> None:
    root = make_span("root", number=40_000)
    spans = [root, *(make_span(number=number, parent_span_id=root.span_id) for number in range(32_999))]
    for position in range(0, len(spans), 3000):
        store.append(spans[position : position + 3000])
    assert store.refresh() == 33_000
    assert {span.span_id for span in store.load_spans([TRACE])} == {span.span_id for span in spans}
    assert store.query("SELECT spans, orphan_spans FROM runs").rows() == [(33_000, 0)]
