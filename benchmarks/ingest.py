"""How many spans a second the receiver takes: ``python benchmarks/ingest.py [BODIES]``.

Four processes send BODIES requests each, of 494 spans of about 870 bytes, to ``tierscope collect``. Acknowledged: until
the last 200, so on disk. Queryable: until every agent and model call among them stands in the derived tables. The ratio
is to the time that parsing the same requests takes on one core, and doing nothing with them, measured right before.
"""

import multiprocessing
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tierscope.instrumentation.store import Store

SENDERS: Final = 4
BODY_SPANS: Final = 494
PASSES: Final = 15
TEXT: Final = "The central bank kept its rate, and the curve steepened further than the survey had expected. " * 7
START_NS: Final = 1_790_000_000_000_000_000
GIVE_UP_AFTER_S: Final = 120.0
COUNT_DERIVED: Final = "SELECT (SELECT count(*) FROM invocations) + (SELECT count(*) FROM model_calls)"


def make_body(number: int) -> bytes:
    """One run: a root, agents below it, and a model call in each agent."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for place in range(BODY_SPANS):
        is_agent = place % 2 == 0
        parent = b"" if place == 0 else (1 if is_agent else place).to_bytes(8)
        span = scope.spans.add(
            trace_id=(number + 1).to_bytes(16),
            span_id=(place + 1).to_bytes(8),
            parent_span_id=parent,
            name=f"invoke_agent agent {place}" if is_agent else "chat gpt-4o",
            start_time_unix_nano=START_NS + place * 10**6,
            end_time_unix_nano=START_NS + place * 10**6 + 10**8,
        )
        _describe(span, is_agent, place)
    return request.SerializeToString()


def _describe(span: Span, is_agent: bool, place: int) -> None:
    texts = {
        "gen_ai.operation.name": "invoke_agent" if is_agent else "chat",
        "gen_ai.agent.name" if is_agent else "gen_ai.request.model": f"agent {place}" if is_agent else "gpt-4o",
        "gen_ai.output.messages": TEXT,
    }
    for key, text in texts.items():
        span.attributes.add(key=key).value.string_value = text


def send(port: int, bodies: Sequence[bytes], start: Barrier, results: Connection) -> None:
    """Send requests one after another over one connection; reports the seconds that each took."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.connect()
    waits_s: list[float] = []
    start.wait()
    for body in bodies:
        started_s = time.perf_counter()
        connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
        response = connection.getresponse()
        response.read()
        if response.status != 200:
            raise SystemExit(f"the receiver answered {response.status}")
        waits_s.append(time.perf_counter() - started_s)
    results.send(waits_s)


def parse(bodies: Sequence[bytes]) -> float:
    """Seconds that parsing alone takes: the median of several passes, since one takes milliseconds."""
    passes_s: list[float] = []
    for _ in range(PASSES):
        started_s = time.perf_counter()
        for body in bodies:
            ExportTraceServiceRequest.FromString(body)
        passes_s.append(time.perf_counter() - started_s)
    return median(passes_s)


def run_senders(port: int, bodies: Sequence[bytes]) -> tuple[float, list[float]]:
    """Let all processes send at once; the moment at which they began, and the seconds that each request took."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(SENDERS + 1)
    ends: list[Connection] = []
    for index in range(SENDERS):
        end, results = context.Pipe(duplex=False)
        context.Process(target=send, args=(port, bodies[index::SENDERS], start, results), daemon=True).start()
        results.close()
        ends.append(end)
    start.wait()
    began_s = time.perf_counter()
    return began_s, [wait_s for end in ends for wait_s in end.recv()]


def wait_until_derived(store: Store, spans: int) -> None:
    """Look now and then until every span has become an invocation or a model call."""
    deadline_s = time.perf_counter() + GIVE_UP_AFTER_S
    while not store.path.exists() or store.query(COUNT_DERIVED).item() < spans:
        if time.perf_counter() > deadline_s:
            raise SystemExit("the spans were not queryable in time")
        time.sleep(0.2)


def peak_mib(pid: int) -> float:
    """Largest resident memory of a process so far."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def peak_follower_mib(pid: int) -> float:
    """The same of the largest process that another has started."""
    lists = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return max(peak_mib(int(child)) for child in " ".join(lists).split())


def read_port(collector: "subprocess.Popen[str]") -> int:
    """The port that a collector names in its first line."""
    assert collector.stdout is not None
    found = re.search(r":(\d+)/v1/traces", collector.stdout.readline())
    if found is None:
        raise SystemExit("the collector did not start")
    return int(found[1])


def main() -> None:
    """Print one line per measure."""
    count = SENDERS * (int(sys.argv[1]) if len(sys.argv) > 1 else 25)
    bodies = [make_body(number) for number in range(count)]
    spans = count * BODY_SPANS
    parse_s = parse(bodies)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "spans.duckdb")
        command = [sys.executable, "-m", "tierscope", "collect", "--port", "0", "--store", str(store.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as collector:
            try:
                port = read_port(collector)
                began_s, waits_s = run_senders(port, bodies)
                acknowledged_s = time.perf_counter() - began_s
                wait_until_derived(store, spans)
                queryable_s = time.perf_counter() - began_s
                memory_mib = peak_mib(collector.pid), peak_follower_mib(collector.pid)
            finally:
                collector.terminate()
    print(
        f"{spans:,} spans in {count} requests, {sum(map(len, bodies)) / spans:.0f} bytes each, {SENDERS} senders, n = 1"
    )
    for name, seconds in {"parsed": parse_s, "acknowledged": acknowledged_s, "queryable": queryable_s}.items():
        print(f"{name:12} {spans / seconds:>10,.0f} spans/s   {seconds / parse_s:8,.1f} times parsing")
    cuts = quantiles(waits_s, n=100)
    print(
        f"a request waits {1e3 * cuts[49]:.0f} ms (median), {1e3 * cuts[98]:.0f} ms (p99); "
        f"memory: {memory_mib[0]:.0f} MiB in the receiver, {memory_mib[1]:.0f} MiB in the process that derives"
    )


if __name__ == "__main__":
    main()
