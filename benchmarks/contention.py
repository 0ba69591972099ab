"""How long a page waits while others work on the store: ``python benchmarks/contention.py [SPANS] [SECONDS]``.

A page is two reads: the list of runs, and the agents of one of them. It is read again and again for SECONDS while the
store is quiet, and while another process exports it as Parquet, exports it as OTLP, scores retention, prunes runs and
rewrites the file, or records into it and drains. The ratio is to the quiet store, in the same run of this program.
"""

import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from store import make_spans  # type: ignore[import-not-found]  # beside this program; mypy looks from the root

from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.otlp_export import export_otlp
from tierscope.instrumentation.upkeep.parquet_export import export_parquet
from tierscope.instrumentation.upkeep.pruning import PruneSelection, prune
from tierscope.metrics import RunFilter, compute

LIST_RUNS: Final = "SELECT * FROM runs ORDER BY started_ns DESC LIMIT 200"
LIST_AGENTS: Final = "SELECT * FROM invocations WHERE run_id = ? ORDER BY position"
SEGMENT_SPANS: Final = 488
PAUSE_S: Final = 0.05
"""Between two pages, as a person leaves them."""


def make_store(path: Path, spans: int) -> Store:
    """A store of runs of 61 spans."""
    store = Store(path)
    made = make_spans(spans)
    for first in range(0, spans, SEGMENT_SPANS):
        store.append(made[first : first + SEGMENT_SPANS])
    store.refresh()
    return store


def export_tables(store: Store, number: int) -> None:
    """The whole store as Parquet."""
    export_parquet(store, store.path.parent / f"tables-{number}")


def export_spans(store: Store, number: int) -> None:
    """The whole store as OTLP."""
    export_otlp(store, store.path.parent / f"spans-{number}.jsonl")


def score(store: Store, _: int) -> None:
    """Retention in the newest runs."""
    compute("synthesis_retention", store, RunFilter(last=300))


def prune_run(store: Store, _: int) -> None:
    """One run gone, and the file rewritten."""
    run_id = store.list_rows("SELECT run_id FROM runs ORDER BY run_id LIMIT 1")[0]["run_id"]
    prune(store, PruneSelection([run_id]))


def record(store: Store, number: int) -> None:
    """A run of 488 spans, on disk and drained."""
    late = [replace(span, trace_id=f"{number + 1:08x}{span.trace_id[8:]}") for span in make_spans(SEGMENT_SPANS)]
    store.append(late)
    store.refresh()


WORK: Final[dict[str, Callable[[Store, int], None]]] = {
    "exporting Parquet": export_tables,
    "exporting OTLP": export_spans,
    "scoring": score,
    "pruning": prune_run,
    "recording": record,
}


def keep_working(name: str, path: Path, begun: Event, is_over: Event) -> None:
    """Do one kind of work again and again."""
    store = Store(path)
    number = 0
    begun.set()
    while not is_over.is_set():
        WORK[name](store, number)
        number += 1


def read_page(store: Store) -> float:
    """Seconds that the data of one page took."""
    started_s = time.perf_counter()
    run_id = store.query(LIST_RUNS)["run_id"][0]
    store.query(LIST_AGENTS, [run_id])
    return time.perf_counter() - started_s


def read_for(store: Store, seconds: float) -> list[float]:
    """Read the page again and again."""
    until_s = time.perf_counter() + seconds
    waits_s: list[float] = []
    while time.perf_counter() < until_s:
        waits_s.append(read_page(store))
        time.sleep(PAUSE_S)
    return waits_s


def read_beside(name: str, store: Store, seconds: float) -> list[float]:
    """The same while another process works."""
    context = multiprocessing.get_context("spawn")
    begun, is_over = context.Event(), context.Event()
    worker = context.Process(target=keep_working, args=(name, store.path, begun, is_over), daemon=True)
    worker.start()
    begun.wait()
    waits_s = read_for(store, seconds)
    is_over.set()
    worker.join(seconds)
    worker.terminate()
    worker.join()
    return waits_s


def describe(name: str, waits_s: list[float], quiet_s: float) -> str:
    """One line: median, 99th percentile and longest, and the median's ratio to the quiet store."""
    cuts = quantiles(waits_s, n=100, method="inclusive")
    return (
        f"{name:18} p50 {1e3 * cuts[49]:7.0f} ms   p99 {1e3 * cuts[98]:7.0f} ms   max {1e3 * max(waits_s):7.0f} ms   "
        f"{cuts[49] / quiet_s:5.1f} times quiet   n = {len(waits_s)}"
    )


def main() -> None:
    """Print one line per kind of work."""
    spans = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 8.0
    with tempfile.TemporaryDirectory() as folder:
        store = make_store(Path(folder) / "spans.duckdb", spans)
        print(f"{spans:,} spans, {store.path.stat().st_size / 2**20:,.0f} MiB; a page is read for {seconds:g} s each")
        read_for(store, 1)
        quiet = read_for(store, seconds)
        quiet_s = median(quiet)
        print(describe("quiet", quiet, quiet_s))
        for name in WORK:
            print(describe(name, read_beside(name, store, seconds), quiet_s))


if __name__ == "__main__":
    main()
