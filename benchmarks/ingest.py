"""How many spans a second the receiver takes: ``python benchmarks/ingest.py [BODIES]``.

Four processes send BODIES requests each, of 494 spans of about 870 bytes, to ``tierscope collect``. Acknowledged: until
the last 200, so on disk. Queryable: until every agent and model call among them stands in the derived tables. The ratio
is to the time that parsing the same requests takes on one core, and doing nothing with them, measured right before.
Processor time tells what the work costs, also where a machine has other things to do.
"""

import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
LOOK_EVERY_S: Final = 0.2
WHOLE_RUNS: Final = """
    SELECT run_id FROM (SELECT run_id FROM invocations UNION ALL SELECT run_id FROM model_calls)
    GROUP BY run_id HAVING count(*) = $spans
"""


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


def post(connection: HTTPConnection, body: bytes) -> tuple[float, float]:
    """Send one request; Unix times at which it began and was answered."""
    began_s = time.time()
    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise SystemExit(f"the receiver answered {response.status}")
    return began_s, time.time()


def send(port: int, bodies: Sequence[bytes], start: Barrier, results: Connection) -> None:
    """Send requests one after another over one connection; reports the times of each."""
    connection = HTTPConnection("127.0.0.1", port)
    connection.connect()
    start.wait()
    results.send([post(connection, body) for body in bodies])


def parse(bodies: Sequence[bytes]) -> float:
    """Seconds that parsing alone takes: the median of several passes, since one takes milliseconds."""
    passes_s: list[float] = []
    for _ in range(PASSES):
        started_s = time.perf_counter()
        for body in bodies:
            ExportTraceServiceRequest.FromString(body)
        passes_s.append(time.perf_counter() - started_s)
    return median(passes_s)


def start_senders(port: int, bodies: Sequence[bytes]) -> list[Connection]:
    """Let all processes send at once; from each comes what ``send`` reports."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(SENDERS + 1)
    ends: list[Connection] = []
    for index in range(SENDERS):
        end, results = context.Pipe(duplex=False)
        context.Process(target=send, args=(port, bodies[index::SENDERS], start, results), daemon=True).start()
        results.close()
        ends.append(end)
    start.wait()
    return ends


def follow_runs(store: Store, runs: int) -> dict[str, float]:
    """Look now and then until every run is there, whole; the Unix time at which each was seen first."""
    deadline_s = time.monotonic() + GIVE_UP_AFTER_S
    seen_s: dict[str, float] = {}
    while len(seen_s) < runs:
        if time.monotonic() > deadline_s:
            raise SystemExit("the spans were not queryable in time")
        time.sleep(LOOK_EVERY_S)
        if store.path.exists():
            now_s = time.time()
            found = store.query(WHOLE_RUNS, {"spans": BODY_SPANS})["run_id"].to_list()
            seen_s.update((run_id, now_s) for run_id in found if run_id not in seen_s)
    return seen_s


def processor_s(pid: int) -> float:
    """Processor time that a process has taken, with the children that it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid: int) -> float:
    """Largest resident memory of a process so far."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def find_follower(pid: int) -> int:
    """The largest process that another has started."""
    lists = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return max(map(int, " ".join(lists).split()), key=peak_mib)


def read_port(collector: "subprocess.Popen[str]") -> int:
    """The port that a collector names in its first line."""
    assert collector.stdout is not None
    found = re.search(r":(\d+)/v1/traces", collector.stdout.readline())
    if found is None:
        raise SystemExit("the collector did not start")
    return int(found[1])


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the benchmark came to."""

    acknowledged_s: float
    queryable_s: float
    waits_s: Sequence[float]
    """Of each request, until its answer."""
    delays_s: Sequence[float]
    """Of each run, from its answer until it was seen."""
    lone_delay_s: float
    """The same of one run that came when all was quiet."""
    processors_s: Sequence[float]
    """Of the receiver, and of the processes that store and derive."""
    peaks_mib: Sequence[float]
    """The same two."""


def measure(collector: "subprocess.Popen[str]", store: Store, bodies: Sequence[bytes]) -> Measured:
    """Send all bodies but one at once, and the last when the others are queryable."""
    port = read_port(collector)
    *many, lone = bodies
    ends = start_senders(port, many)
    seen_s = follow_runs(store, len(many))
    times = [end.recv() for end in ends]
    processes = (collector.pid, find_follower(collector.pid))
    processors_s = [processor_s(pid) for pid in processes]
    _, lone_answered_s = post(HTTPConnection("127.0.0.1", port), lone)
    lone_seen_s = max(follow_runs(store, len(bodies)).values())
    answered_s = {index + SENDERS * place: t[1] for index, sent in enumerate(times) for place, t in enumerate(sent)}
    began_s = min(sent[0][0] for sent in times)
    return Measured(
        acknowledged_s=max(answered_s.values()) - began_s,
        queryable_s=max(seen_s.values()) - began_s,
        waits_s=[answer - request for sent in times for request, answer in sent],
        delays_s=[seen_s[f"{number + 1:032x}"] - answer for number, answer in answered_s.items()],
        lone_delay_s=lone_seen_s - lone_answered_s,
        processors_s=processors_s,
        peaks_mib=[peak_mib(pid) for pid in processes],
    )


def show(measured: Measured, spans: int, parse_s: float) -> None:
    """Print one line per measure."""
    times_s = {"parsed": parse_s, "acknowledged": measured.acknowledged_s, "queryable": measured.queryable_s}
    for name, seconds in times_s.items():
        print(f"{name:12} {spans / seconds:>10,.0f} spans/s   {seconds / parse_s:8,.1f} times parsing")
    waits, delays = (quantiles(values, n=100) for values in (measured.waits_s, measured.delays_s))
    print(f"a request waits {1e3 * waits[49]:.0f} ms (median), {1e3 * waits[98]:.0f} ms (p99) for its answer")
    print(
        f"a run is queryable {delays[49]:.1f} s (median), {delays[98]:.1f} s (p99) after it was acknowledged, "
        f"and {measured.lone_delay_s:.1f} s after where it is alone"
    )
    receiver_us, deriver_us = (1e6 * seconds / spans for seconds in measured.processors_s)
    print(
        f"processor time: {receiver_us:.1f} us a span to receive, {deriver_us:.1f} us to store and derive, "
        f"so at most {2e6 / (receiver_us + deriver_us):,.0f} spans/s on two cores as busy as these were"
    )
    print(f"memory: {measured.peaks_mib[0]:.0f} MiB to receive, {measured.peaks_mib[1]:.0f} MiB to store and derive")


def main() -> None:
    """Run the benchmark once."""
    count = SENDERS * (int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    bodies = [make_body(number) for number in range(count + 1)]
    spans = count * BODY_SPANS
    parse_s = parse(bodies)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "spans.duckdb")
        command = [sys.executable, "-m", "tierscope", "collect", "--port", "0", "--store", str(store.path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as collector:
            try:
                measured = measure(collector, store, bodies)
            finally:
                collector.terminate()
    size_bytes = sum(map(len, bodies[:count])) / spans
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"{spans:,} spans in {count} requests, {size_bytes:.0f} bytes each, {SENDERS} senders, n = 1, load {load}")
    show(measured, spans, parse_s)


if __name__ == "__main__":
    main()
