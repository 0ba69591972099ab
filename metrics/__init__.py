"""Metrics: one module and its queries each, from what was recorded to a polars frame with a declared schema.

``compute("tier_completion", store)`` is all that a reader of metrics calls; terminal, dashboard, evals and audit
report show what it returns and compute nothing themselves.
"""

from tierscope.metrics.compute import compute, load_frames
from tierscope.metrics.metric import Direction, Metric
from tierscope.metrics.registry import find_metric, load_registry
from tierscope.metrics.run_filter import RunFilter, select_runs

__all__ = [
    "Direction",
    "Metric",
    "RunFilter",
    "compute",
    "find_metric",
    "load_frames",
    "load_registry",
    "select_runs",
]
