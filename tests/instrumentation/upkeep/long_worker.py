"""A process in the middle of long work on a store: ``python long_worker.py ROLE PATH``.

After every page it prints ``paused`` and waits for a line, so that a test can be sure that it is in the middle.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep import pages, rewriting
from tierscope.instrumentation.upkeep.copying import copy_store, merge_store
from tierscope.instrumentation.upkeep.parquet_export import export_parquet
from tierscope.instrumentation.upkeep.pruning import PruneSelection, prune
from tierscope.metrics import compute
from tierscope.metrics.retention import RetentionScore

PAGE_ROWS = 5


def pause(*_: int) -> None:
    """Wait for the word to go on."""
    print("paused", flush=True)
    sys.stdin.readline()


class PausingScorer:
    """Finds everything retained, in as much time as the test wants."""

    name = "pausing"
    version = "1"

    def score(
        self,
        pairs: Sequence[tuple[str, str]],
        progress: Callable[[int, int], None] | None = None,  # noqa: ARG002 - a scorer's signature
    ) -> list[RetentionScore]:
        """Judge after a pause."""
        pause()
        return [RetentionScore(1.0, "retained", None, (), self.name, self.version, None) for _ in pairs]


def work(role: str, store: Store) -> None:
    """Do one kind of long work."""
    out = store.path.parent
    match role:
        case "parquet":
            export_parquet(store, out / "out", progress=pause)
        case "score":
            compute("synthesis_retention", store, scorer=PausingScorer())
        case "merge":
            merge_store(store, Store(out / "merged.duckdb"), pause)
        case "prune":
            prune(store, PruneSelection([f"{1:032x}"]), pause)
        case "copy":
            copy_store(store, out / "copy.duckdb", pause)
        case _:
            raise SystemExit(f"no such work: {role}")


def main() -> None:
    """Do it in small pages."""
    pages.PAGE_ROWS = rewriting.PAGE_ROWS = PAGE_ROWS  # type: ignore[misc] # constants for everyone else
    work(sys.argv[1], Store(Path(sys.argv[2])))


if __name__ == "__main__":
    main()
