"""What the durability test runs in processes of their own, to be killed: a recorder or a drainer."""

import sys
import time
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider

from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.store import Store


def record(path: Path) -> None:
    """Record spans for ever, and print the id of each once it is acknowledged."""
    processor = StoreSpanProcessor(path)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("durability")
    while True:
        ids: list[str] = []
        attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "worker"}
        with tracer.start_as_current_span("invoke_agent worker", attributes=attributes) as root:
            ids.append(f"{root.get_span_context().span_id:016x}")
            for _ in range(20):
                with tracer.start_as_current_span("step", attributes={"text": "x" * 200}) as span:
                    ids.append(f"{span.get_span_context().span_id:016x}")
        if processor.force_flush():
            print(*ids, flush=True)
        time.sleep(0.005)  # else the drainers of ten rounds have more to do than a test may take


def drain(path: Path) -> None:
    """Bring the store up to date for ever."""
    store = Store(path)
    while True:
        print(store.refresh(), flush=True)


if __name__ == "__main__":
    {"record": record, "drain": drain}[sys.argv[1]](Path(sys.argv[2]))
