"""Every view by the name it has in the address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tierscope.dashboard.views.approvals import render_approvals
from tierscope.dashboard.views.completion import render_completion
from tierscope.dashboard.views.dependencies import render_dependencies
from tierscope.dashboard.views.metrics import render_metrics
from tierscope.dashboard.views.overview import render_overview
from tierscope.dashboard.views.retention import render_retention
from tierscope.dashboard.views.run import render_run
from tierscope.dashboard.views.spawning import render_spawning
from tierscope.dashboard.visit import Visit

__all__ = ["VIEWS", "View"]


@dataclass(frozen=True, slots=True)
class View:
    """One page of the dashboard."""

    title: str
    render: Callable[[Visit], None]
    needs_runs: bool = True
    """Whether it has something to show only where a run passes the filters."""


VIEWS: Final[Mapping[str, View]] = MappingProxyType(
    {
        "overview": View("Overview", render_overview),
        "run": View("Run", render_run),
        "time": View("Completion time", render_completion),
        "retention": View("Retention", render_retention),
        "spawning": View("Spawning", render_spawning),
        "dependencies": View("Dependencies", render_dependencies),
        "approvals": View("Approvals", render_approvals, needs_runs=False),
        "metrics": View("All metrics", render_metrics),
    }
)
"""In the order of the navigation."""
