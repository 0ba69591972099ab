"""Every metric by name: the bundled ones, and those that installed packages add."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from tierscope.errors import InputError, UnknownNameError
from tierscope.metrics.metric import Metric

__all__ = ["Registry", "find_metric", "load_registry"]

ENTRY_POINT_GROUP: Final = "tierscope.metrics"
BUNDLED: Final = (
    "alerts",
    "coverage",
    "tier_completion",
    "critical_path",
    "outcomes",
    "join_idle",
    "parallel_speed_up",
    "what_if",
    "synthesis_retention",
    "signal_fates",
    "synthesis_support",
    "unsupported_statements",
    "critical_escalation",
    "spawn_depth",
    "spawn_growth",
    "domain_dependencies",
    "hidden_dependencies",
    "token_cost",
    "model_cost",
    "coordination_cost",
    "retention_cost",
    "failures",
    "escalations",
    "recoveries",
    "approvals",
    "early_syntheses",
    "domain_use",
    "structure_advice",
    "version_changes",
)
"""Each is the module ``tierscope.metrics.<name>``, which has its ``Metric`` under the name in capitals."""


class Registry(Mapping[str, Metric]):
    """Name -> metric. Names are known at once; the module of a metric is loaded when the metric is asked for.

    Args:
        added: what installed packages add, by name; a package cannot replace a bundled metric.
    """

    def __init__(self, added: Mapping[str, EntryPoint]) -> None:
        self._added = {name: entry for name, entry in added.items() if name not in BUNDLED}
        self._loaded: dict[str, Metric] = {}

    def __iter__(self) -> Iterator[str]:
        yield from BUNDLED
        yield from self._added

    def __len__(self) -> int:
        return len(BUNDLED) + len(self._added)

    def __contains__(self, name: object) -> bool:
        return name in BUNDLED or name in self._added

    def __getitem__(self, name: str) -> Metric:
        """The metric of a name.

        Raises:
            KeyError: there is none.
            InputError: an installed package names one that cannot be loaded.
        """
        if name not in self:
            raise KeyError(name)
        if name not in self._loaded:
            self._loaded[name] = _load_added(self._added[name]) if name in self._added else _load_bundled(name)
        return self._loaded[name]


@cache
def load_registry() -> Registry:
    """All metrics, bundled first, then those of the entry-point group ``tierscope.metrics``."""
    return Registry({entry.name: entry for entry in entry_points(group=ENTRY_POINT_GROUP)})


def find_metric(name: str) -> Metric:
    """The metric of a name.

    Raises:
        UnknownNameError: no such metric; the message lists those there are.
        InputError: an installed package names one that cannot be loaded.
    """
    registry = load_registry()
    if name not in registry:
        raise UnknownNameError(f"There is no metric '{name}'; there are: {', '.join(sorted(registry))}.")
    return registry[name]


def _load_bundled(name: str) -> Metric:
    metric: Metric = getattr(import_module(f"tierscope.metrics.{name}"), name.upper())
    return metric


def _load_added(entry: EntryPoint) -> Metric:
    """A metric of another package, which may be broken in any way; it must bear the name it is registered under."""
    source = entry.dist.name if entry.dist else entry.value
    try:
        metric: object = entry.load()
    except Exception as error:
        raise InputError(
            f"Metric '{entry.name}' of package '{source}' cannot be loaded ({type(error).__name__}: {error}): "
            "mend or uninstall that package."
        ) from error
    if not isinstance(metric, Metric) or metric.name != entry.name:
        raise InputError(
            f"Entry point '{entry.name}' of package '{source}' is not a metric of that name: "
            f"let {entry.value} be a Metric with name='{entry.name}'."
        )
    return metric
