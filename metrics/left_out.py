"""What a metric leaves out since it was not recorded: how many agents, and why."""

from dataclasses import dataclass
from typing import Final

from tierscope.instrumentation.store import Store
from tierscope.metrics.metric import Fact
from tierscope.metrics.registry import find_metric
from tierscope.metrics.run_filter import RunFilter, select_runs
from tierscope.metrics.sql import load_query

__all__ = ["LeftOut", "explain_left_out"]

_WHY: Final[dict[Fact, str]] = {
    "root": "have no root",
    "place": "have no known place in the tree",
    "ended": "are still running",
    "times": "have no recorded times",
    "order_in_time": "begin before the agent above them, or end before they begin: only what lies inside it counts",
    "input": "have no recorded input",
    "output": "have no recorded output",
    "tokens": "call models, but have no recorded tokens",
    "cost": "call models whose cost is not known",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One fact that a metric rests on and that not all runs or agents have."""

    fact: Fact
    n: int
    """How many lack it."""
    of: int
    """Of how many agents, or runs where the fact is the root."""

    @property
    def sentence(self) -> str:
        """Such as: 3 of 40 agents have no recorded times."""
        return f"{self.n:,} of {self.of:,} {'runs' if self.fact == 'root' else 'agents'} {_WHY[self.fact]}"


def explain_left_out(name: str, store: Store, runs: RunFilter | None = None) -> list[LeftOut]:
    """Say what a metric's frame leaves out, of the same runs.

    Args:
        name: a name of ``load_registry()``.
        store: where the runs are.
        runs: which of them; all where None.

    Returns:
        One entry per fact that the metric rests on and that is not there for all; empty where nothing is left out.

    Raises:
        UnknownNameError: there is no such metric, or a run was named that is not stored.
        StoreError: the store cannot be read.
    """
    metric = find_metric(name)
    if not metric.needs:
        return []
    (row,) = store.list_rows(load_query("lacking_facts"), {"run_ids": select_runs(store, runs)})
    return [
        LeftOut(fact, row[fact], row["runs" if fact == "root" else "agents"]) for fact in metric.needs if row[fact] > 0
    ]
