"""A spool that nobody drains: recorders keep their memory bounded, count what they drop, and do not fill the disk."""

import os
import time
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider

from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.spool import Spool
from tierscope.instrumentation.store import Store

MIB = 1024 * 1024
DEADLINE_S = 60.0


def test_recorder_drops_and_counts_what_a_full_spool_does_not_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIERSCOPE_MAX_SPOOL_MIB", "1")
    monkeypatch.setattr("tierscope.instrumentation.processor.RETRY_AFTER_S", 0.05)
    store = Store(tmp_path / "spans.duckdb")
    processor = StoreSpanProcessor(store.path, max_spans=4, max_block_s=0.2)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("test")
    for _ in range(40):
        tracer.start_span("large", attributes={"text": os.urandom(50_000).hex()}).end()
    counts = processor.counts
    assert counts.accepted + counts.dropped == 40
    assert counts.dropped > 5
    assert counts.accepted - counts.stored <= 4, "no more is held than was said"
    assert 0 < store.spool.measure_bytes() <= MIB
    deadline = time.monotonic() + DEADLINE_S
    while processor.counts.stored < counts.accepted:
        store.drain()
        assert time.monotonic() < deadline, "what is held is written once there is room"
        time.sleep(0.02)
    assert processor.counts.dropped == counts.dropped
    processor.shutdown()
    store.drain()
    assert store.query("SELECT count(*) FROM spans").item() == counts.accepted


def test_limit_is_that_of_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIERSCOPE_MAX_SPOOL_MIB", "2")
    processor = StoreSpanProcessor(tmp_path / "spans.duckdb")
    Spool.of_store(tmp_path / "spans.duckdb").append_body(bytes(2 * MIB))
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    provider.get_tracer("test").start_span("small").end()
    assert not processor.force_flush()
    processor.shutdown()
    assert processor.counts.dropped == 1
