"""Time and memory of every relational metric over generated stores: ``python benchmarks/metrics.py [SPANS]...``.

Each store is measured in a process of its own, so that its peak of memory is its own. A cell is seconds that passed
and, after the stroke, seconds of all cores, which tell more where others use the machine. Beside it stand the
completion times per tier and the tokens per subtree as one writes them with pandas, from a frame exported from the
same store.
One run is measured in every store: its cost must not grow with what lies beside it.
"""

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import duckdb

from tierscope.instrumentation.schema import apply_migrations
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute, load_frames, load_registry, select_runs

PandasFrame: TypeAlias = Any
"""pandas has no types of its own, and is here only to compare with."""
SPANS_PER_RUN = 50
TEXT_QUERIES = {"texts", "handoff_texts", "tool_reads", "partial_syntheses"}
"""Metrics that read texts cost what their scorer costs; ``benchmarks/retention.py`` has that."""
REPLAYS = {"what_if"}
"""Metrics that simulate every run anew: measured last, with a peak of memory of their own."""
ROUNDS_OF_ONE_RUN = 5


def make_store(path: Path, spans: int) -> None:
    """Generate a store of about so many spans."""
    with duckdb.connect(str(path)) as connection:
        apply_migrations(connection, path)
        statements = connection.extract_statements(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"))
        for statement in statements:
            named = {"runs": spans // SPANS_PER_RUN} if "runs" in statement.named_parameters else None
            connection.execute(statement, named)


class Spent(NamedTuple):
    """Seconds that some work took."""

    wall_s: float
    cores_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:.2f}/{self.cores_s:.2f}"


def measure(work: Callable[[], object]) -> Spent:
    """Do some work and say what it took."""
    wall_ns, cores_ns = time.perf_counter_ns(), time.process_time_ns()
    work()
    return Spent((time.perf_counter_ns() - wall_ns) / 1e9, (time.process_time_ns() - cores_ns) / 1e9)


def measure_store(path: Path) -> None:
    """Print seconds of each relational metric over a store, of one run and of pandas, and the peak of memory."""
    store = Store(path)
    relational = [metric for metric in load_registry().values() if not TEXT_QUERIES & set(metric.queries)]
    for metric in relational:
        if metric.name not in REPLAYS:
            print(f"{metric.name}\t{measure(partial(compute, metric.name, store))}")
    newest = RunFilter(runs=(select_runs(store, RunFilter(last=1))[0],))
    one_run = [measure(lambda: compute("tier_completion", store, newest)) for _ in range(ROUNDS_OF_ONE_RUN)]
    print(f"one run (tier_completion)\t{min(one_run)}")
    print(f"peak memory until here, GB\t{peak_gb():.2f}")
    for name in sorted(REPLAYS):
        print(f"{name}\t{measure(partial(compute, name, store))}")
    print(f"peak memory with replay, GB\t{peak_gb():.2f}")
    frame: PandasFrame = load_frames(store, ["invocations"], select_runs(store))["invocations"].to_pandas()
    print(f"pandas: tier_completion\t{measure(lambda: pandas_completion(frame))}")
    print(f"pandas: token_cost\t{measure(lambda: pandas_subtrees(frame))}")


def peak_gb() -> float:
    """The process's peak of memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def pandas_completion(frame: PandasFrame) -> PandasFrame:
    """Distribution of duration per tier, without critical path or stragglers."""
    durations = frame.groupby("tier")["duration_ms"]
    return durations.describe(percentiles=[0.5, 0.9, 0.95, 0.99]).assign(variance=durations.var())


def pandas_subtrees(frame: PandasFrame) -> PandasFrame:
    """Tokens per subtree, tier by tier from below."""
    frame = frame.set_index(["run_id", "invocation_id"])
    frame["subtree"] = frame["input_tokens"] + frame["output_tokens"]
    for tier in range(int(frame["tier"].max()), 0, -1):
        level = frame[frame["tier"] == tier].reset_index()
        sums = level.groupby(["run_id", "parent_id"])["subtree"].sum()
        sums.index.names = ["run_id", "invocation_id"]
        frame["subtree"] = frame["subtree"].add(sums, fill_value=0)
    return frame


def main(*sizes: int) -> None:
    """Print one column per size."""
    columns: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for spans in sizes:
            path = Path(folder) / f"{spans}.duckdb"
            make_store(path, spans)
            command = [sys.executable, __file__, "--store", str(path)]
            lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
            columns.append(dict(line.split("\t") for line in lines))
    print(f"{'seconds over spans':<30}" + "".join(f"{spans:>16,}" for spans in sizes))
    for name in columns[0]:
        print(f"{name:<30}" + "".join(f"{column[name]:>16}" for column in columns))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--store"]:
        measure_store(Path(sys.argv[2]))
    else:
        main(*(int(argument) for argument in sys.argv[1:] or ("100000", "1000000")))
