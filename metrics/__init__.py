"""Metrics: one module and its queries each, from what was recorded to a polars frame with a declared schema.

``compute("tier_completion", store)`` is all that a reader of metrics calls; terminal, dashboard, evals and audit
report show what it returns and compute nothing themselves. The names are loaded when they are first asked for.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.metrics.computing import compute, load_frames
    from tierscope.metrics.left_out import LeftOut, explain_left_out
    from tierscope.metrics.metric import Direction, Metric
    from tierscope.metrics.registry import find_metric, load_registry
    from tierscope.metrics.run_filter import RunFilter, select_runs

__all__ = [
    "Direction",
    "LeftOut",
    "Metric",
    "RunFilter",
    "compute",
    "explain_left_out",
    "find_metric",
    "load_frames",
    "load_registry",
    "select_runs",
]

__getattr__ = names_from(
    __name__,
    {
        "Direction": "metric",
        "LeftOut": "left_out",
        "Metric": "metric",
        "RunFilter": "run_filter",
        "compute": "computing",
        "explain_left_out": "left_out",
        "find_metric": "registry",
        "load_frames": "computing",
        "load_registry": "registry",
        "select_runs": "run_filter",
    },
)
