"""How many spans a second the store takes: ``python benchmarks/store.py [SPANS] [ROUNDS]``.

Spans of about 870 bytes, as agents record them, in segments of 494: appended to the spool (which is what a recorder
waits for), appended as OTLP bodies (which is what a receiver waits for), drained into the database, and derived into
runs. The ratio is to what nothing can beat by much: one plain DuckDB insert of the same spans as one Arrow table, run
in the same round, so that a busy moment of the machine falls on all. Figures are medians over the rounds.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import duckdb
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.schema import load_migrations
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.store import Store

SEGMENT_SPANS: Final = 494
TEXT: Final = "The central bank kept its rate, and the curve steepened further than the survey had expected. " * 5
START_NS: Final = 1_790_000_000_000_000_000


def make_spans(number: int) -> list[Span]:
    """Runs of a root, its agents, and a model call in each; 61 spans a trace."""
    return [_make_span(position) for position in range(number)]


def _make_span(position: int) -> Span:
    trace, place = divmod(position, 61)
    is_agent = place % 2 == 0
    start_ns = START_NS + trace * 10**10 + place * 10**6
    attributes: dict[str, str | int] = {
        "gen_ai.operation.name": "invoke_agent" if is_agent else "chat",
        "gen_ai.agent.name": f"agent {place}",
        "gen_ai.request.model": "gpt-4o",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.usage.output_tokens": 60,
        "gen_ai.output.messages": TEXT,
    }
    parent = None if place == 0 else place - 1 if place % 2 else 0
    return Span(
        trace_id=f"{trace + 1:032x}",
        span_id=f"{position + 1:016x}",
        parent_span_id=None if parent is None else f"{trace * 61 + parent + 1:016x}",
        name=f"invoke_agent agent {place}" if is_agent else "chat gpt-4o",
        kind="internal" if is_agent else "client",
        start_ns=start_ns,
        end_ns=start_ns + 10**8,
        attributes=attributes,
        resource={"service.name": "benchmark", "telemetry.sdk.language": "python"},
    )


def make_body(spans: Sequence[Span]) -> bytes:
    """The same spans as an OTLP request."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for span in spans:
        message = scope.spans.add(
            trace_id=bytes.fromhex(span.trace_id),
            span_id=bytes.fromhex(span.span_id),
            parent_span_id=bytes.fromhex(span.parent_span_id or ""),
            name=span.name,
            start_time_unix_nano=span.start_ns,
            end_time_unix_nano=span.end_ns or 0,
        )
        for key, value in span.attributes.items():
            pair = message.attributes.add(key=key)
            if isinstance(value, int):
                pair.value.int_value = value
            else:
                pair.value.string_value = str(value)
    return request.SerializeToString()


def append_bodies(store: Store, bodies: Sequence[bytes]) -> None:
    """Acknowledge each body by itself, as for a single sender."""
    for body in bodies:
        store.spool.append_body(body)


def timed(step: Callable[[], object]) -> float:
    """Seconds that a step took."""
    started_at = time.perf_counter()
    step()
    return time.perf_counter() - started_at


def run_round(folder: Path, segments: Sequence[Sequence[Span]], bodies: Sequence[bytes]) -> dict[str, float]:
    """Seconds of every step, all on the same spans."""
    native, received = Store(folder / "native.duckdb"), Store(folder / "received.duckdb")
    table = table_from_spans([span for segment in segments for span in segment])
    with duckdb.connect(str(folder / "plain.duckdb")) as plain:
        plain.execute(load_migrations()[0].sql)
        plain.register("incoming", table)
        seconds = {"plain insert": timed(lambda: plain.execute("INSERT INTO spans BY NAME FROM incoming"))}
    seconds["append spans"] = timed(lambda: [native.append(segment) for segment in segments])
    seconds["append bodies"] = timed(lambda: append_bodies(received, bodies))
    seconds["drain spans"] = timed(native.drain)
    seconds["drain bodies"] = timed(received.drain)
    seconds["derive runs"] = timed(native.refresh)
    return seconds


def main() -> None:
    """Print one line per step."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    spans = make_spans(number)
    segments = [spans[position : position + SEGMENT_SPANS] for position in range(0, number, SEGMENT_SPANS)]
    bodies = [make_body(segment) for segment in segments]
    results: list[dict[str, float]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            results.append(run_round(Path(folder), segments, bodies))
    print(f"{number:,} spans, {sum(map(len, bodies)) / number:.0f} bytes each as OTLP, n = {rounds} rounds")
    for step in results[0]:
        seconds = median(result[step] for result in results)
        ratio = median(result[step] / result["plain insert"] for result in results)
        print(f"{step:14} {number / seconds:>12,.0f} spans/s   {ratio:6.1f} times a plain insert")


if __name__ == "__main__":
    main()
