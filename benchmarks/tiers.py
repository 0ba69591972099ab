"""How fast tiers are inferred, and runs derived: ``python benchmarks/tiers.py [SPANS] [STORED]`` from the root.

First inference alone, of SPANS spans: spans a second and the peak of memory for wide, deep and flat runs, beside a
baseline that does nothing but group spans by trace and sort them, and their ratio. Then the whole way of STORED spans
from the database to the derived tables, beside one plain copy of the same spans in DuckDB. Last a deep run of SPANS
spans that arrives in pieces beside all these: how many times over its spans were derived, and no others.
"""

import gc
import os
import resource
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from tierscope.instrumentation.derivation import Rules
from tierscope.instrumentation.derive import Deriver
from tierscope.instrumentation.prices import load_prices
from tierscope.instrumentation.spans import Attributes, Span
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.tiers import TierSettings, infer_runs

ANSWER = "Checked {} rows of the table, and all of them agree with the ledger of this year."


SCOPE = "pydantic-ai"
SPANS_PER_AGENT = 6


def span(number: int, parent: int | None, name: str, attributes: Attributes, trace: int = 1) -> Span:
    """One span that begins a microsecond after the one before it, and ends a microsecond earlier."""
    start = 1_700_000_000_000_000_000 + number * 1000
    above = None if parent is None else f"{parent:016x}"
    end = start + 1_000_000_000 - 2 * number * 1000
    return Span(
        f"{trace:032x}", f"{number:016x}", above, name, "internal", start, end, "ok", "", SCOPE, "1", attributes
    )


def agent_spans(number: int, parent: int | None, trace: int = 1) -> Iterator[Span]:
    """An agent with two steps, two model calls and a tool call; the tool call comes last."""
    first, name = number * SPANS_PER_AGENT, f"agent_{number}"
    said = f'[{{"role":"assistant","parts":[{{"type":"text","content":"{ANSWER.format(number)}"}}]}}]'
    facts: Attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": name, "final_result": said}
    yield span(first, parent, f"invoke_agent {name}", facts, trace)
    for step in (1, 3):
        yield span(first + step, first, "step", {"step": step}, trace)
        used: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 90,
            "gen_ai.usage.output_tokens": 12,
        }
        yield span(first + step + 1, first + step, "chat", used, trace)
    facts = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "ask"}
    yield span(first + 5, first, "execute_tool ask", facts, trace)


def tool_of(number: int) -> int:
    """The tool call of an agent, under which its members run."""
    return number * SPANS_PER_AGENT + 5


def wide(size: int) -> list[Span]:
    """Runs of 100 agents in three tiers."""
    found: list[Span] = []
    for trace in range(max(size // (100 * SPANS_PER_AGENT), 1)):
        for number in range(100):
            above = None if number == 0 else tool_of(0 if number <= 9 else number % 9 + 1)
            found += agent_spans(number, above, trace)
    return found


def deep(size: int) -> list[Span]:
    """One run whose agents stand in chains 150 levels deep."""
    found: list[Span] = []
    for number in range(size // SPANS_PER_AGENT):
        above = None if number == 0 else tool_of(number - 1 if number % 150 else 0)
        found += agent_spans(number, above)
    return found


def flat(size: int) -> list[Span]:
    """One workflow whose agents stand side by side, so that texts must decide."""
    found = [span(0, None, "invoke_workflow", {"gen_ai.operation.name": "invoke_workflow"})]
    for number in range(1, size // SPANS_PER_AGENT):
        found += agent_spans(number, 0)
    return found


def baseline(spans: list[Span]) -> object:
    """Group by trace, sort by start, index by id."""
    traces: dict[str, list[Span]] = {}
    for item in spans:
        traces.setdefault(item.trace_id, []).append(item)
    return {key: {s.span_id: s for s in sorted(found, key=lambda s: s.start_ns)} for key, found in traces.items()}


def seconds(work: Callable[[list[Span]], object], spans: list[Span]) -> float:
    """The best of three, in processor time, since the machine may be shared."""
    best = float("inf")
    for _ in range(3):
        gc.collect()
        start = time.process_time()
        work(spans)
        best = min(best, time.process_time() - start)
    return best


def peak_mb(work: Callable[[list[Span]], object], spans: list[Span]) -> float:
    """Memory that the work takes at most, without its input."""
    tracemalloc.start()
    work(spans)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def many_runs(size: int) -> Iterator[list[Span]]:
    """Wide runs of different traces an hour apart, in lists of about 60,000 spans."""
    base = wide(60_000)
    for first in range(0, size, len(base)):
        shift = first // len(base) * 100
        yield [move(span, shift, int(span.trace_id, 16)) for span in base]


def move(moved: Span, traces: int, trace: int) -> Span:
    """The same span in another trace, of a service that nothing else comes from at that time."""
    shift_ns = (traces + trace) * 3600 * 10**9
    return replace(
        moved,
        trace_id=f"{traces + trace + 1:032x}",
        start_ns=moved.start_ns + shift_ns,
        end_ns=None if moved.end_ns is None else moved.end_ns + shift_ns,
    )


def derive_stored(store: Store, size: int) -> None:
    """Measure the way from the database to the derived tables."""
    stored = 0
    for spans in many_runs(size):
        stored += store.append(spans)
        store.drain()
    started_s = time.perf_counter()
    with store.database.write() as connection:
        connection.execute("CREATE TABLE copied AS FROM spans")
    copied_s = time.perf_counter() - started_s
    with store.database.write() as connection:
        connection.execute("DROP TABLE copied")
    started_s, before_s = time.perf_counter(), processor_s()
    peaks_mib = [0.0]
    store.refresh(lambda _: peaks_mib.append(children_peak_mib()))
    taken_s = time.perf_counter() - started_s
    own_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"derived {stored:,} stored spans in {taken_s:.1f} s, {stored / taken_s:,.0f} spans/s: "
        f"{taken_s / copied_s:.1f} times a plain copy, load {os.getloadavg()[0]:.1f}\n"
        f"  {1e6 * (processor_s() - before_s) / stored:.1f} us of processor time a span, "
        f"{own_mib:.0f} MiB here, {max(peaks_mib):.0f} MiB in all workers"
    )


def processor_s() -> float:
    """Processor time of this process and of those that it waited for."""
    return sum(os.times()[:4])


def children_peak_mib() -> float:
    """Largest resident memory so far of all processes that this one has started and that run, summed."""
    lists = [path.read_text(encoding="utf-8") for path in Path("/proc/self/task").glob("*/children")]
    statuses = [Path(f"/proc/{pid}/status").read_text(encoding="utf-8") for pid in " ".join(lists).split()]
    peaks = (line for status in statuses for line in status.splitlines() if line.startswith("VmHWM"))
    return sum(int(line.split()[1]) for line in peaks) / 1024


def derive_in_pieces(store: Store, spans: Sequence[Span], piece: int = 500) -> None:
    """Let one run arrive in pieces, and derive whenever that is due."""
    rules = Rules(partial(infer_runs, settings=TierSettings()), load_prices(), silent_since_ns=0)
    derived: list[int] = []
    started_s = time.perf_counter()
    for first in range(0, len(spans), piece):
        store.append(spans[first : first + piece])
        store.drain()
        Deriver(store.database, rules).run(derived.append, only_due=True)
    times, taken_s = len(derived), time.perf_counter() - started_s
    Deriver(store.database, rules).run(derived.append)
    print(
        f"{len(spans):,} spans of one run in pieces of {piece}: {taken_s:.1f} s to store and derive; {times} times "
        f"derived on the way, so each span {sum(derived) / len(spans):.1f} times in all; "
        f"once more, whole, {time.perf_counter() - started_s - taken_s:.1f} s"
    )


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 33_000
    stored = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000
    infer_shapes(size)
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "spans.duckdb")
        derive_stored(store, stored)
        derive_in_pieces(store, [move(one, 10**6, 0) for one in deep(size)])


def infer_shapes(size: int) -> None:
    """Measure inference alone."""
    print(f"{'shape':8}{'spans':>10}{'agents':>9}{'spans/s':>11}{'MB':>8}{'x baseline':>12}")
    for shape in (wide, deep, flat):
        spans = shape(size)
        taken = seconds(infer_runs, spans)
        agents = sum(len(run.invocations) for run in infer_runs(spans))
        memory = peak_mb(infer_runs, spans) if size <= 100_000 else float("nan")
        ratio = taken / seconds(baseline, spans)
        print(
            f"{shape.__name__:8}{len(spans):>10,}{agents:>9,}{len(spans) / taken:>11,.0f}{memory:>8.1f}{ratio:>12.1f}"
        )


if __name__ == "__main__":
    main()
