"""While somebody holds the database, recording and receiving go on, and afterwards everything is there."""

import time
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider

from tests.instrumentation.receiver.conftest import Collector, make_body
from tierscope.instrumentation.processor import StoreSpanProcessor

HELD_S = 3.0
"""Several times as long as others wait for it."""
DEADLINE_S = 120.0


def test_recording_and_receiving_go_on_while_the_database_is_held(tmp_path: Path) -> None:
    (tmp_path / "tierscope.toml").write_text("lock_timeout_ms = 500\n", encoding="utf-8")
    with Collector(tmp_path) as collector:
        processor = StoreSpanProcessor(collector.store.path)
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)
        tracer = provider.get_tracer("test")
        assert collector.send(make_body(1)).status == 200
        deadline = time.monotonic() + DEADLINE_S
        while not collector.store.path.exists():
            assert time.monotonic() < deadline, "nothing was stored to begin with"
            time.sleep(0.05)
        received, recorded = [f"{1:016x}"], list[str]()
        with collector.store.database.write():
            until = time.monotonic() + HELD_S
            while time.monotonic() < until:
                number = len(received) + 1
                assert collector.send(make_body(number)).status == 200
                received.append(f"{number:016x}")
                with tracer.start_as_current_span("step") as span:
                    recorded.append(f"{span.get_span_context().span_id:016x}")
                assert processor.force_flush()
        assert processor.counts.dropped == 0
        assert len(recorded) > 1
        while not {*received, *recorded} <= set(collector.stored_ids()):
            assert time.monotonic() < deadline, "what was acknowledged meanwhile is missing"
            time.sleep(0.2)
        assert sorted(collector.stored_ids()) == sorted({*received, *recorded})
        provider.shutdown()
