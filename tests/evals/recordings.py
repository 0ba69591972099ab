"""Made-up runs of a small hierarchy: in a store, or from a program that records them as a user's would."""

from pathlib import Path
from textwrap import dedent
from typing import Final

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

__all__ = ["FOOTNOTE", "RECORDING_PROGRAM", "hierarchy", "save_hierarchies"]

FOOTNOTE: Final = "The regulator opened an inquiry into revenue of 12 million dollars."


def hierarchy(run_id: str, leaf_ms: float = 100, *, keeps_footnote: bool = True) -> RunBuilder:
    """A root over two domains with two leaves each; the company's first leaf has a critical footnote."""
    brief = f"Margins rose to 47 percent. {FOOTNOTE}" if keeps_footnote else "Margins rose to 47 percent."
    run = RunBuilder(run_id, label=f"label of {run_id}", spawn_limit=3)
    run.agent("root", ms=(0, leaf_ms + 40), output=brief)
    for domain in ("macro", "company"):
        run.agent(domain, "root", ms=(10, leaf_ms + 30), output=brief)
        for name in ("first", "second"):
            run.agent(f"{domain}_{name}", domain, ms=(20, leaf_ms + 20), tokens=(100, 20), output="Margins rose.")
    run.signal("company_first", FOOTNOTE, critical=True)
    return run


def save_hierarchies(path: Path, leaf_times_ms: list[float]) -> Store:
    """A store with one run for each time."""
    store = Store(path)
    save_runs(store, [hierarchy(f"run-{index}", time) for index, time in enumerate(leaf_times_ms)])
    return store


RECORDING_PROGRAM: Final = dedent(
    """
    import sys
    from tierscope.instrumentation import configure, invocation

    configure(project="program")
    with invocation("root"):
        for name in sys.argv[1:]:
            with invocation(name):
                pass
    """
)
"""Records one run, whose leaves are its arguments, where TIERSCOPE_STORE says."""
