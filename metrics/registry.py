"""Every metric by name: the bundled ones, and those that installed packages add."""

from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Final

from tierscope.errors import UnknownNameError
from tierscope.metrics.alerts import ALERTS
from tierscope.metrics.coordination_cost import COORDINATION_COST
from tierscope.metrics.coverage import COVERAGE
from tierscope.metrics.critical_escalation import CRITICAL_ESCALATION
from tierscope.metrics.critical_path import CRITICAL_PATH
from tierscope.metrics.domain_dependencies import DOMAIN_DEPENDENCIES
from tierscope.metrics.domain_use import DOMAIN_USE
from tierscope.metrics.failures import FAILURES
from tierscope.metrics.hidden_dependencies import HIDDEN_DEPENDENCIES
from tierscope.metrics.join_idle import JOIN_IDLE
from tierscope.metrics.metric import Metric
from tierscope.metrics.model_cost import MODEL_COST
from tierscope.metrics.outcomes import OUTCOMES
from tierscope.metrics.parallel_speed_up import PARALLEL_SPEED_UP
from tierscope.metrics.retention_cost import RETENTION_COST
from tierscope.metrics.signal_fates import SIGNAL_FATES
from tierscope.metrics.spawn_depth import SPAWN_DEPTH
from tierscope.metrics.spawn_growth import SPAWN_GROWTH
from tierscope.metrics.structure_advice import STRUCTURE_ADVICE
from tierscope.metrics.synthesis_retention import SYNTHESIS_RETENTION
from tierscope.metrics.synthesis_support import SYNTHESIS_SUPPORT
from tierscope.metrics.tier_completion import TIER_COMPLETION
from tierscope.metrics.token_cost import TOKEN_COST
from tierscope.metrics.unsupported_statements import UNSUPPORTED_STATEMENTS
from tierscope.metrics.version_changes import VERSION_CHANGES
from tierscope.metrics.what_if import WHAT_IF

__all__ = ["find_metric", "load_registry"]

ENTRY_POINT_GROUP: Final = "tierscope.metrics"
BUNDLED: Final = (
    ALERTS,
    COVERAGE,
    TIER_COMPLETION,
    CRITICAL_PATH,
    OUTCOMES,
    JOIN_IDLE,
    PARALLEL_SPEED_UP,
    WHAT_IF,
    SYNTHESIS_RETENTION,
    SIGNAL_FATES,
    SYNTHESIS_SUPPORT,
    UNSUPPORTED_STATEMENTS,
    CRITICAL_ESCALATION,
    SPAWN_DEPTH,
    SPAWN_GROWTH,
    DOMAIN_DEPENDENCIES,
    HIDDEN_DEPENDENCIES,
    TOKEN_COST,
    MODEL_COST,
    COORDINATION_COST,
    RETENTION_COST,
    FAILURES,
    DOMAIN_USE,
    STRUCTURE_ADVICE,
    VERSION_CHANGES,
)


@cache
def load_registry() -> MappingProxyType[str, Metric]:
    """All metrics, bundled first, then those of the entry-point group ``tierscope.metrics``.

    Returns:
        Name -> metric. A package cannot replace a bundled metric: its own is then left out.
    """
    metrics = {metric.name: metric for metric in BUNDLED}
    for entry in entry_points(group=ENTRY_POINT_GROUP):
        metric: Metric = entry.load()
        metrics.setdefault(metric.name, metric)
    return MappingProxyType(metrics)


def find_metric(name: str) -> Metric:
    """The metric of a name.

    Raises:
        UnknownNameError: no such metric; the message lists those there are.
    """
    registry = load_registry()
    if name not in registry:
        raise UnknownNameError(f"There is no metric '{name}'; there are: {', '.join(sorted(registry))}.")
    return registry[name]
