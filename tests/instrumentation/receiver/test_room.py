"""Without room the collector asks to send later, keeps nothing half, and goes on once there is room."""

import asyncio
import resource
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.instrumentation.receiver.conftest import DEADLINE_S, Collector, make_body
from tierscope.errors import StoreFullError
from tierscope.instrumentation.receiver.journal import Journal
from tierscope.instrumentation.receiver.limits import Allowance, Limits
from tierscope.instrumentation.receiver.reception import Reception
from tierscope.instrumentation.receiver.refusal import RefusedError
from tierscope.instrumentation.spool import Spool
from tierscope.instrumentation.store import Store

KIB = 1024


def test_full_disk_is_503_until_there_is_room_again(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector:
        _, hard = resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (64 * KIB, hard))
        refused = collector.send(make_body(1, text="x" * 200 * KIB))
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        taken = collector.send(make_body(2, text="x" * 200 * KIB))
        stored = collector.stored_ids()
    assert (refused.status, refused.headers["retry-after"], taken.status) == (503, "2", 200)
    assert stored == [f"{2:016x}"]
    assert collector.store.spool.list_quarantined() == []


def test_exporter_sends_again_what_was_refused_for_lack_of_room(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector, ThreadPoolExecutor() as pool:
        _, hard = resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (64 * KIB, hard))
        recording = pool.submit(_record_large_span, collector.address)
        assert collector.process.stderr is not None
        assert collector.process.stderr.readline().startswith("requests are refused for now: no room for ")
        resource.prlimit(collector.process.pid, resource.RLIMIT_FSIZE, (hard, hard))
        assert recording.result(timeout=DEADLINE_S)
        assert len(collector.stored_ids()) == 1


def _record_large_span(address: str) -> bool:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{address}/v1/traces")))
    provider.get_tracer("test").start_span("large", attributes={"text": "x" * 200 * KIB}).end()
    has_sent = provider.force_flush()
    provider.shutdown()
    return has_sent


def test_spool_over_its_size_is_503_with_a_time_to_come_back(tmp_path: Path) -> None:
    with Collector(tmp_path, "--max-spool-mib", "1") as collector:
        refused = collector.send(make_body(1, text="x" * 1200 * KIB))
        assert collector.send(make_body(2)).status == 200
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")


def test_journal_takes_spans_again_once_the_spool_is_drained(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")

    async def fill_and_drain() -> None:
        journal = Journal(spool, limit_bytes=500)
        await journal.write(bytes(400))
        with pytest.raises(StoreFullError, match=r"holds 400 of at most 500 bytes: wait until its spans"):
            await journal.write(bytes(400))
        spool.delete(spool.list_segments())
        await asyncio.wait_for(_write_until_taken(journal), timeout=120)

    asyncio.run(fill_and_drain())
    assert [len(spool.read(segment)) for segment in spool.list_segments()] == [400]


async def _write_until_taken(journal: Journal) -> None:
    while True:
        try:
            return await journal.write(bytes(400))
        except StoreFullError:
            await asyncio.sleep(0.05)


def test_requests_that_arrive_together_share_a_segment_and_keep_their_order(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")

    async def write_together() -> None:
        journal = Journal(spool, limit_bytes=10_000)
        await asyncio.gather(*(journal.write(bytes([number])) for number in range(100)))

    asyncio.run(write_together())
    segments = spool.list_segments()
    assert len(segments) < 10
    assert b"".join(spool.read(segment) for segment in segments) == bytes(range(100))


def test_requests_share_what_may_be_under_way_and_give_it_back() -> None:
    allowance = Allowance(100)
    with allowance.open_share() as take_first:
        take_first(60)
        with allowance.open_share() as take_second, pytest.raises(RefusedError) as refused:
            take_second(60)
    assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
    with allowance.open_share() as take_third:
        take_third(100)


def test_request_that_never_arrives_gives_its_share_back(tmp_path: Path) -> None:
    reception = Reception(Store(tmp_path / "s.duckdb"), Limits(under_way_bytes=100, receive_s=0.05))

    async def wait_in_vain() -> None:
        with reception.open_share() as count:
            count(100)
            async with reception.awaiting_request():
                await asyncio.Event().wait()

    with pytest.raises(RefusedError, match=r"the request did not arrive within 0\.05 s; send it again") as refused:
        asyncio.run(wait_in_vain())
    assert (refused.value.status, refused.value.retry_after_s) == (503, 1)
    with reception.open_share() as count:
        count(100)
