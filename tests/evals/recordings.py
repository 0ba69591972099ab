"""Made-up runs of a small hierarchy, in a real store."""

from pathlib import Path

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

__all__ = ["hierarchy", "save_hierarchies"]


def hierarchy(run_id: str, leaf_ms: float = 100, *, depth_limit: int = 3) -> RunBuilder:
    """A root over two domains with two leaves each; each leaf takes ``leaf_ms``."""
    run = RunBuilder(run_id, label=f"label of {run_id}", spawn_limit=depth_limit)
    run.agent("root", ms=(0, leaf_ms + 40))
    for domain in ("macro", "company"):
        run.agent(domain, "root", ms=(10, leaf_ms + 30))
        for name in ("first", "second"):
            run.agent(f"{domain}_{name}", domain, ms=(20, leaf_ms + 20), tokens=(100, 20))
    return run


def save_hierarchies(path: Path, leaf_times_ms: list[float]) -> Store:
    """A store with one run for each time."""
    store = Store(path)
    save_runs(store, [hierarchy(f"run-{index}", time) for index, time in enumerate(leaf_times_ms)])
    return store
