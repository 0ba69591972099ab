"""The same spans in another backend too: each of both has every span once, also when one of them was down meanwhile."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.instrumentation.receiver.conftest import DEADLINE_S, Collector
from tests.instrumentation.receiver.forwarding import Backend, Forwarder
from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.store import Store

BATCHES = 8
SPANS = 25


def _provider(*addresses: str) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    for address in addresses:
        exporter = OTLPSpanExporter(f"{address}/v1/traces", timeout=int(DEADLINE_S))
        provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


def _record(provider: TracerProvider, between: Callable[[int], None] = lambda _: None) -> list[str]:
    """Make batches of spans; returns their ids."""
    tracer = provider.get_tracer("test")
    made: list[str] = []
    for batch in range(BATCHES):
        between(batch)
        for number in range(SPANS):
            with tracer.start_as_current_span(f"step {batch}-{number}") as span:
                made.append(f"{span.get_span_context().span_id:016x}")
        assert provider.force_flush()
    return made


def test_application_with_two_exporters_reaches_both_though_one_is_down_for_a_while(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector, Backend() as backend:
        provider = _provider(collector.address, backend.address)
        tracer = provider.get_tracer("test")
        backend.is_down = True
        with tracer.start_as_current_span("while it is down") as span:
            early = f"{span.get_span_context().span_id:016x}"
        deadline = time.monotonic() + DEADLINE_S
        while backend.refused == 0 or early not in collector.stored_ids():
            assert time.monotonic() < deadline, "the exporter beside it was held up"
            time.sleep(0.05)
        backend.is_down = False
        made = [early, *_record(provider)]
        provider.shutdown()
        assert sorted(backend.span_ids) == sorted(made)
        assert sorted(collector.stored_ids()) == sorted(made)


def test_own_processor_beside_another_exporter_records_the_same_spans(tmp_path: Path) -> None:
    with Backend() as backend:
        provider = _provider(backend.address)
        provider.add_span_processor(StoreSpanProcessor(tmp_path / "tierscope.duckdb"))
        made = _record(provider)
        provider.shutdown()
    store = Store(tmp_path / "tierscope.duckdb")
    store.refresh()
    assert sorted(store.query("SELECT span_id FROM spans")["span_id"]) == sorted(made) == sorted(backend.span_ids)


def test_forwarder_reaches_both_though_the_collector_is_killed_and_the_other_is_down(tmp_path: Path) -> None:
    with ExitStack() as stack:
        collectors = [stack.enter_context(Collector(tmp_path))]
        backend = stack.enter_context(Backend())
        forwarder = stack.enter_context(Forwarder([lambda: collectors[-1].address, lambda: backend.address]))

        def disturb(batch: int) -> None:
            backend.is_down = batch in (2, 3)
            if batch == 4:
                collectors[-1].process.kill()
            if batch == 6:
                collectors.append(stack.enter_context(Collector(tmp_path)))

        provider = _provider(forwarder.address)
        made = _record(provider, disturb)
        provider.shutdown()
        forwarder.flush()
        assert sorted(backend.span_ids) == sorted(made)
        assert sorted(collectors[-1].stored_ids()) == sorted(made)
