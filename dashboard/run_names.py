"""What a run is called on the page."""

from collections.abc import Mapping
from typing import Any

from tierscope.dashboard.markup import set_apart
from tierscope.metrics.format import format_time

__all__ = ["name_run"]


def name_run(run: Mapping[str, Any]) -> str:
    """Label, else root agent, else the start of the id; with its time, since labels repeat.

    Args:
        run: a row of ``queries/runs.sql``.
    """
    name = set_apart(run["label"] or run["root_agent"] or run["run_id"][:12])
    return (
        f"{name} · {format_time(run['started_ns'])}"
        if run["started_ns"] is not None
        else f"{name} · {run['run_id'][:8]}"
    )
