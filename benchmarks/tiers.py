"""How fast tiers are inferred; run as  python benchmarks/tiers.py [SPANS]  from the root.

Prints spans a second and the peak of memory for wide, deep and flat runs, beside a baseline that does nothing but group
spans by trace and sort them, and their ratio.
"""

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator

from tierscope.instrumentation.spans import Attributes, Span
from tierscope.instrumentation.tiers import infer_runs

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


def main() -> None:
    """Measure and print."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 33_000
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
