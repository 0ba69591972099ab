"""OpenTelemetry's own exporter against the collector: what an application records becomes a run without further ado."""

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tests.instrumentation.receiver.conftest import Collector


def _record(collector: Collector, compression: Compression, agent: str) -> None:
    exporter = OTLPSpanExporter(f"{collector.address}/v1/traces", compression=compression)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent}
    with provider.get_tracer("test").start_as_current_span(f"invoke_agent {agent}", attributes=attributes):
        pass
    assert provider.force_flush()
    provider.shutdown()


@pytest.mark.parametrize("compression", list(Compression))
def test_recorded_agent_is_queryable_without_anyone_refreshing(collector: Collector, compression: Compression) -> None:
    agent = f"{compression.value} analyst"
    _record(collector, compression, agent)
    collector.wait_for_agent(agent)
