"""The span processor: bounded, flushed, counted, and gone without loss."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, Tracer

from tierscope.instrumentation.exporter import StoreSpanExporter
from tierscope.instrumentation.processor import SpanCounts, StoreSpanProcessor
from tierscope.instrumentation.span_queue import SpanQueue
from tierscope.instrumentation.store import Store

AGENT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "macro"}
DEADLINE_S = 120.0


class Recorder:
    """A tracer whose spans go to a store."""

    def __init__(self, path: Path, **limits: float) -> None:
        self.processor = StoreSpanProcessor(path, **limits)  # type: ignore[arg-type]  # whole numbers where asked for
        self._provider = TracerProvider(shutdown_on_exit=False)
        self._provider.add_span_processor(self.processor)
        self.tracer: Tracer = self._provider.get_tracer("tests", "1.0")


@pytest.fixture
def recorder(store: Store) -> Iterator[Recorder]:
    made = Recorder(store.path)
    yield made
    made.processor.shutdown()


def wait_until_stored(processor: StoreSpanProcessor, number: int) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while processor.counts.stored < number:
        assert time.monotonic() < deadline, processor.counts
        time.sleep(0.01)


def test_span_of_the_sdk_is_stored_whole(store: Store, recorder: Recorder) -> None:
    with recorder.tracer.start_as_current_span("root") as root:
        pass
    link = Link(root.get_span_context(), {"why": "retry"})
    with recorder.tracer.start_as_current_span(
        "chat", kind=SpanKind.CLIENT, links=[link], attributes={"a": 1, "list": ["x", "y"]}
    ) as span:
        span.add_event("note", {"b": 2.5}, timestamp=17)
        span.set_status(Status(StatusCode.ERROR, "refused"))
    assert recorder.processor.force_flush()
    store.refresh()
    context = span.get_span_context()
    [stored] = store.load_spans([f"{context.trace_id:032x}"])
    assert stored.span_id == f"{context.span_id:016x}"
    assert (stored.name, stored.kind, stored.parent_span_id) == ("chat", "client", None)
    assert isinstance(span, ReadableSpan)
    assert (stored.start_ns, stored.end_ns) == (span.start_time, span.end_time)
    assert (stored.status, stored.status_message) == ("error", "refused")
    assert (stored.scope_name, stored.scope_version) == ("tests", "1.0")
    assert stored.attributes == {"a": 1, "list": ["x", "y"]}
    assert [(e.name, e.time_ns, e.attributes) for e in stored.events] == [("note", 17, {"b": 2.5})]
    assert [(one.span_id, one.attributes) for one in stored.links] == [
        (f"{root.get_span_context().span_id:016x}", {"why": "retry"})
    ]
    assert stored.resource["telemetry.sdk.language"] == "python"


def test_spans_reach_the_disk_without_being_asked_to(store: Store, recorder: Recorder) -> None:
    recorder.tracer.start_span("step").end()
    wait_until_stored(recorder.processor, 1)
    assert recorder.processor.counts == SpanCounts(accepted=1, stored=1, dropped=0)
    assert store.refresh() == 1


def test_running_agent_is_visible_and_its_finished_span_replaces_it(store: Store, recorder: Recorder) -> None:
    with recorder.tracer.start_as_current_span("invoke_agent macro", attributes=AGENT):
        with recorder.tracer.start_as_current_span("step"):
            pass
        assert recorder.processor.force_flush()
        store.refresh()
        assert store.query("SELECT agent, status, ended_ns FROM invocations").rows() == [("macro", "running", None)]
    assert recorder.processor.force_flush()
    store.refresh()
    assert store.query("SELECT agent, status, ended_ns IS NULL FROM invocations").rows() == [("macro", "ok", False)]
    assert store.query("SELECT count(*), count(end_ns) FROM spans").row(0) == (2, 2)
    assert recorder.processor.counts == SpanCounts(accepted=2, stored=2, dropped=0)


def test_pending_record_of_a_span_that_ended_meanwhile_is_not_written(store: Store) -> None:
    recorder = Recorder(store.path)
    with recorder.tracer.start_as_current_span("invoke_agent macro", attributes=AGENT):
        pass
    recorder.processor.shutdown()
    assert store.refresh() == 1


def test_unsampled_spans_are_not_recorded(store: Store) -> None:
    processor = StoreSpanProcessor(store.path)
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    provider.get_tracer("tests").start_span("step", attributes=AGENT).end()
    processor.shutdown()
    assert processor.counts == SpanCounts(0, 0, 0)
    assert not store.exists


def test_33_000_spans_in_a_burst_are_all_stored(store: Store, recorder: Recorder) -> None:
    with recorder.tracer.start_as_current_span("root"):
        for _ in range(32_999):
            recorder.tracer.start_span("step", attributes={"text": "x" * 50}).end()
    assert recorder.processor.force_flush()
    assert recorder.processor.counts == SpanCounts(accepted=33_000, stored=33_000, dropped=0)
    assert store.refresh() == 33_000


def test_store_that_cannot_be_written_blocks_briefly_then_drops_and_counts(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "spans.duckdb", max_spans=10, max_block_s=0.2)
    started_at = time.monotonic()
    for _ in range(30):
        recorder.tracer.start_span("step").end()
    took_s = time.monotonic() - started_at
    assert recorder.processor.counts == SpanCounts(accepted=10, stored=0, dropped=20)
    assert 0.2 <= took_s < 2.0, "only the first of the dropped spans waits"
    assert not recorder.processor.force_flush(5_000)
    (tmp_path / "file").unlink()
    wait_until_stored(recorder.processor, 10)
    recorder.tracer.start_span("step").end()
    recorder.processor.shutdown()
    assert recorder.processor.counts == SpanCounts(accepted=11, stored=11, dropped=20)
    assert Store(tmp_path / "file" / "spans.duckdb").refresh() == 11
    assert "spans wait to be recorded: spans cannot be written" in caplog.text
    assert "spans are dropped" in caplog.text


def test_what_could_not_be_written_at_shutdown_is_counted_as_dropped(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "spans.duckdb")
    recorder.tracer.start_span("step").end()
    recorder.processor.shutdown()
    recorder.tracer.start_span("too late").end()
    assert recorder.processor.counts == SpanCounts(accepted=1, stored=0, dropped=2)


def test_memory_is_bounded_by_bytes_as_well(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    recorder = Recorder(tmp_path / "file" / "spans.duckdb", max_bytes=1_000_000, max_block_s=0.0)
    for _ in range(10):
        recorder.tracer.start_span("step", attributes={"text": "x" * 300_000}).end()
    assert recorder.processor.counts == SpanCounts(accepted=3, stored=0, dropped=7)
    recorder.processor.shutdown()


def test_single_span_larger_than_the_bound_is_taken(store: Store) -> None:
    recorder = Recorder(store.path, max_bytes=1000)
    recorder.tracer.start_span("step", attributes={"text": "x" * 10_000_000}).end()
    recorder.processor.shutdown()
    assert recorder.processor.counts == SpanCounts(accepted=1, stored=1, dropped=0)


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text for you")


def test_span_that_cannot_be_encoded_takes_no_other_along(
    store: Store, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    recorder.tracer.start_span(Unprintable()).end()  # type: ignore[arg-type]  # what a careless host does
    recorder.tracer.start_span("step").end()
    recorder.processor.force_flush()
    assert recorder.processor.counts == SpanCounts(accepted=2, stored=1, dropped=1)
    assert store.refresh() == 1
    assert "could not be recorded" in caplog.text


def test_adding_waits_for_room_and_goes_on_when_there_is_some() -> None:
    queue = SpanQueue(max_spans=2, max_bytes=1000, max_block_s=DEADLINE_S)
    span = ReadableSpan("step")
    assert queue.add(span, 1)
    assert queue.add(span, 1)
    third = threading.Thread(target=queue.add, args=(span, 1))
    third.start()
    third.join(0.05)
    assert third.is_alive()
    queue.release(queue.take(0))
    third.join()
    assert (queue.accepted, queue.refused) == (3, 0)
    queue.close()
    assert not queue.add(span, 1)
    assert [queue.take(0).is_last for _ in range(2)] == [False, True]


def test_exporter_reports_what_became_of_a_batch(
    tmp_path: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(StoreSpanExporter(store.path)))
    provider.get_tracer("tests").start_span("step").end()
    assert store.refresh() == 1
    (tmp_path / "file").touch()
    failing = StoreSpanExporter(tmp_path / "file" / "spans.duckdb")
    assert failing.export([ReadableSpan("step")]) is SpanExportResult.SUCCESS, "nothing that can be encoded"
    span = provider.get_tracer("tests").start_span("step")
    assert isinstance(span, ReadableSpan)
    assert failing.export([span]) is SpanExportResult.FAILURE
    assert "1 spans were not recorded: spans cannot be written" in caplog.text


def test_recording_loads_no_database() -> None:
    """An agent's process stays light, and DuckDB's threads do not survive a fork."""
    code = (
        "import sys, tierscope.instrumentation.processor; sys.exit('duckdb' in sys.modules or 'polars' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


HOST = """
import os, signal, sys, time
from opentelemetry.sdk.trace import TracerProvider
from tierscope.instrumentation.processor import StoreSpanProcessor

provider = TracerProvider()
for path in sys.argv[2:]:
    provider.add_span_processor(StoreSpanProcessor(path))
tracer = provider.get_tracer("host")
if sys.argv[1] == "own_handler":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
for _ in range(100):
    tracer.start_span("step").end()
if sys.argv[1] == "fork":
    child = os.fork()
    tracer.start_span("after the fork").end()
    if child == 0:
        sys.exit(0)
    os.waitpid(child, 0)
elif sys.argv[1] != "exit":
    print("ready", flush=True)
    time.sleep(60)
"""


def run_host(how: str, *paths: Path) -> int:
    """A host process that records 100 spans and ends: by itself, or by SIGTERM once it is ready."""
    command = [sys.executable, "-c", HOST, how, *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as host:
        try:
            assert host.stdout is not None
            if host.stdout.readline():
                host.terminate()
            return host.wait(DEADLINE_S)
        finally:
            host.kill()


@pytest.mark.parametrize(
    ("how", "code"), [("exit", 0), ("sigterm", -signal.SIGTERM), ("own_handler", 7)], ids=["exit", "sigterm", "own"]
)
def test_nothing_is_lost_when_the_host_ends(store: Store, how: str, code: int) -> None:
    assert run_host(how, store.path) == code
    assert store.refresh() == 100


def test_sigterm_flushes_every_processor_of_the_host(tmp_path: Path) -> None:
    paths = [tmp_path / "one.duckdb", tmp_path / "two.duckdb"]
    assert run_host("sigterm", *paths) == -signal.SIGTERM
    assert [Store(path).refresh() for path in paths] == [100, 100]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_child_records_its_own_spans_and_repeats_none(store: Store) -> None:
    assert run_host("fork", store.path) == 0
    store.refresh()
    assert store.query("SELECT name, count(*) FROM spans GROUP BY name ORDER BY name").rows() == [
        ("after the fork", 2),
        ("step", 100),
    ]
