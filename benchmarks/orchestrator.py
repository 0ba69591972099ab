"""What a leaf costs in the orchestrator: ``python benchmarks/orchestrator.py [LEAVES] [ROUNDS]``.

Leaves that do nothing, all at once, in five ways that are run in turn, so that a busy moment of the machine falls on
all: bare ``asyncio.gather``; gather with a deadline, a semaphore and a result object, which is what an orchestrator
must at least do; this core without a tracer; this core with every span in the store; and LangGraph's ``Send`` fan-out,
where LangGraph is installed. The figures are ratios of medians to bare gather, in processor time of all threads.
"""

import asyncio
import gc
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

from opentelemetry.sdk.trace import TracerProvider

from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.recorder import Recorder, using
from tierscope.orchestrator import Agent, Limits, Orchestrator, Task, run


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run leaves; ``once`` runs that many and returns the processor time it took, in seconds."""

    name: str
    once: Callable[[int], float]


async def nothing(_task: Task | None = None) -> str:
    """A leaf."""
    return "done"


def bare_gather(leaves: int) -> float:
    """All leaves in one gather."""

    async def main() -> None:
        await asyncio.gather(*(nothing() for _ in range(leaves)))

    return timed(lambda: asyncio.run(main()))


def guarded_gather(leaves: int) -> float:
    """Each leaf with a slot, a deadline and a result object."""

    async def guarded(slots: asyncio.Semaphore) -> dict[str, object]:
        async with slots, asyncio.timeout(60):
            return {"status": "ok", "value": await nothing()}

    async def main() -> None:
        slots = asyncio.Semaphore(leaves)
        await asyncio.gather(*(guarded(slots) for _ in range(leaves)))

    return timed(lambda: asyncio.run(main()))


def core_untraced(leaves: int) -> float:
    """This core, nothing recorded."""
    root = Orchestrator("root", [Agent(f"leaf{number}", nothing) for number in range(leaves)], synthesize=_count)
    return timed(lambda: asyncio.run(run(root, "nothing", limits=Limits(depth=1))))


def core_recorded(leaves: int) -> float:
    """This core, every span in the store's spool on disk when the time stops."""
    root = Orchestrator("root", [Agent(f"leaf{number}", nothing) for number in range(leaves)], synthesize=_count)
    # Whoever records leaves its counts beside the store in a thread of its own, perhaps while the folder goes.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        processor = StoreSpanProcessor(Path(folder) / "bench.duckdb")
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(processor)

        def once() -> None:
            with using(Recorder(provider.get_tracer("bench"))):
                asyncio.run(run(root, "nothing", limits=Limits(depth=1)))
            processor.force_flush()

        seconds = timed(once)
        stored = processor.counts.stored
        provider.shutdown()
    if stored < leaves + 1:
        raise RuntimeError(f"only {stored} of {leaves + 1} spans reached the store: the figure would not count.")
    return seconds


def langgraph_send(leaves: int) -> float:
    """LangGraph: one node that sends, one node a leaf."""
    from operator import add
    from typing import Annotated, TypedDict

    graphs: Any = import_module("langgraph.graph")
    types: Any = import_module("langgraph.types")

    class State(TypedDict):
        """Collects the answers."""

        done: Annotated[list[str], add]

    async def leaf(_state: Any) -> dict[str, list[str]]:  # noqa: ANN401 - LangGraph's own type
        return {"done": ["done"]}

    def send(_state: State) -> list[Any]:
        return [types.Send("leaf", {}) for _ in range(leaves)]

    graph = graphs.StateGraph(State)
    graph.add_node("leaf", leaf)
    graph.add_conditional_edges(graphs.START, send, ["leaf"])
    graph.add_edge("leaf", graphs.END)
    compiled = graph.compile()
    return timed(lambda: asyncio.run(compiled.ainvoke({"done": []})))


def _count(_task: Task, joined: object) -> str:
    return f"{joined is not None}"


def timed(once: Callable[[], object]) -> float:
    """Processor time of all threads, in seconds: neither neighbours nor what the way before left on the heap count."""
    gc.collect()
    started = time.process_time()
    once()
    return time.process_time() - started


def main(leaves: int = 5000, rounds: int = 5) -> None:
    """Print leaves per second and the ratio to bare gather, for every way.

    Args:
        leaves: leaves in one run.
        rounds: runs of every way, after one that warms up.
    """
    ways = [
        Way("asyncio.gather, bare", bare_gather),
        Way("gather, deadline, semaphore, result", guarded_gather),
        Way("tierscope core, untraced", core_untraced),
        Way("tierscope core, every span stored", core_recorded),
    ]
    if find_spec("langgraph") is None:
        print("LangGraph is not installed, so its Send fan-out is left out: pip install langgraph")
    else:
        ways.append(Way("LangGraph, Send fan-out", langgraph_send))
    seconds: dict[str, list[float]] = {way.name: [] for way in ways}
    for number in range(rounds + 1):
        for way in ways:
            taken = way.once(leaves)
            if number > 0:
                seconds[way.name].append(taken)
    bare = median(seconds[ways[0].name])
    print(f"{leaves} leaves that do nothing, processor time, median of n={rounds}")
    for name, all_taken in seconds.items():
        taken = median(all_taken)
        print(f"{name:38s} {leaves / taken:9,.0f} leaves/s   {bare / taken:6.3f} of bare gather")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
