"""Every registered metric over the audited runs, once, for the report and for the frames beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from tierscope.errors import InputError, NotEnoughDataError
from tierscope.instrumentation.store import Store
from tierscope.metrics import Metric, RunFilter, compute, load_frames, load_registry, select_runs

__all__ = ["Audited", "ComputedMetric", "compute_audited"]


@dataclass(frozen=True, slots=True)
class ComputedMetric:
    """A metric, and what it says about the runs."""

    metric: Metric
    frame: pl.DataFrame | None
    """None where it could not be computed."""
    reason: str | None
    """Why not."""
    tiers: pl.DataFrame | None
    """The same with one row for each tier; None for a metric that says nothing about tiers."""

    def rows_of(self, tier: int) -> pl.DataFrame | None:
        """What the metric says about one tier, as finely as it says it; None where it says nothing."""
        by_tier = self.frame if "tier" in self.metric.grain else self.tiers
        rows = None if by_tier is None else by_tier.filter(pl.col("tier") == tier)
        return None if rows is None or rows.is_empty() else rows


@dataclass(frozen=True, slots=True)
class Audited:
    """All that a report is made of."""

    run_ids: tuple[str, ...]
    stored_runs: int
    """How many runs the store holds, of which these are some or all."""
    metrics: Mapping[str, ComputedMetric]
    """By name, in the registry's order."""
    records: Mapping[str, pl.DataFrame]
    """What was recorded, by query; the metrics were computed from these rows."""

    @property
    def runs(self) -> pl.DataFrame:
        """One row per run."""
        return self.records["runs"]

    def frame(self, name: str) -> pl.DataFrame | None:
        """A metric's frame; None where there is no such metric, or it could not be computed or has no row."""
        computed = self.metrics.get(name)
        if computed is None or computed.frame is None or computed.frame.is_empty():
            return None
        return computed.frame


def compute_audited(
    store: Store, run_ids: Sequence[str], progress: Callable[[int, int], None] | None = None
) -> Audited:
    """Compute every registered metric over some runs, and load what they were computed from.

    Args:
        store: where the runs are.
        run_ids: at least one.
        progress: told (metrics computed, metrics in all) after each.

    Raises:
        StoreError: the store cannot be read.
    """
    registry = load_registry()
    metrics: dict[str, ComputedMetric] = {}
    for name, metric in registry.items():
        metrics[name] = _compute(metric, store, run_ids)
        if progress is not None:
            progress(len(metrics), len(registry))
    queries = {"runs", *(query for metric in registry.values() for query in metric.queries)}
    return Audited(tuple(run_ids), len(select_runs(store)), metrics, load_frames(store, sorted(queries), run_ids))


def _compute(metric: Metric, store: Store, run_ids: Sequence[str]) -> ComputedMetric:
    runs = RunFilter(runs=tuple(run_ids))
    try:
        frame = compute(metric.name, store, runs)
        tiers = frame if metric.grain == ("tier",) else None
        if tiers is None and "tier" in metric.by:
            tiers = compute(metric.name, store, runs, by=("tier",))
    except (InputError, NotEnoughDataError) as error:
        return ComputedMetric(metric, None, str(error), None)
    return ComputedMetric(metric, frame, None, tiers)
