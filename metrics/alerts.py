"""Integrity alerts: what makes a run untrustworthy, one plain sentence each."""

from collections.abc import Iterable
from typing import Final

import polars as pl

from tierscope.metrics.alert_rules import (
    Alert,
    Frames,
    alerts_of_agents,
    alerts_of_critical_signals,
    alerts_of_joins,
    alerts_of_spawning,
)
from tierscope.metrics.forest import TIMES, TREE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema, frame_of

__all__ = ["ALERTS", "compute_alerts"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "alert": pl.String,
    "severity": pl.String,
    "n": pl.Int64,
    "text": pl.String,
    "evidence": pl.List(pl.String),
}


def compute_alerts(
    runs: pl.DataFrame,
    invocations: pl.DataFrame,
    refusals: pl.DataFrame,
    gaps: pl.DataFrame,
    critical_checks: pl.DataFrame,
    critical_signals: pl.DataFrame,
    critical_texts: pl.DataFrame,
    handled_failures: pl.DataFrame,
    spawn_limit: int | None = None,
) -> pl.DataFrame:
    """Find what makes runs untrustworthy.

    Args:
        runs: frame of ``queries/runs.sql``.
        invocations: frame of ``queries/invocations.sql``.
        refusals: frame of ``queries/refusals.sql``.
        gaps: frame of ``queries/gaps.sql``.
        critical_checks: frame of ``queries/critical_checks.sql``.
        critical_signals: frame of ``queries/critical_signals.sql``.
        critical_texts: frame of ``queries/critical_texts.sql``.
        handled_failures: frame of ``queries/handled_failures.sql``.
        spawn_limit: deepest allowed tier where a run recorded none.

    Returns:
        One row per run and kind of alert, alerts before advice, runs in the order given. ``n`` is how often it
        happened in the run, ``evidence`` the ids of the invocations it is about. No row means that none was found.
    """
    frames = Frames(
        runs, invocations, refusals, gaps, critical_checks, critical_signals, critical_texts, handled_failures
    )
    found: Iterable[Alert] = (
        *alerts_of_critical_signals(frames),
        *alerts_of_spawning(frames, spawn_limit),
        *alerts_of_agents(frames),
        *alerts_of_joins(frames),
    )
    rows = [(one.run_id, one.kind, one.severity, one.n, one.text, list(one.evidence)) for one in found]
    order = runs.select("run_id", "label").with_row_index("position")
    return fit_schema(
        frame_of(rows, {name: dtype for name, dtype in _SCHEMA.items() if name != "label"})
        .join(order, on="run_id", maintain_order="left")
        .sort("position", "severity", descending=[False, True], maintain_order=True),
        _SCHEMA,
    )


ALERTS: Final = Metric(
    name="alerts",
    title="Integrity alerts",
    summary="What in these runs must a person look at before trusting the result?",
    function=compute_alerts,
    queries=(
        "runs",
        "invocations",
        "refusals",
        "gaps",
        "critical_checks",
        "critical_signals",
        "critical_texts",
        "handled_failures",
    ),
    needs=("root", "place", "ended", "times", "output"),
    reads={"invocations": (*TREE, *TIMES, "agent", "status")},
    grain=("run_id", "alert"),
    value="n",
    unit="cases",
    direction="lower",
    schema=_SCHEMA,
    options={"spawn_limit": "deepest allowed tier where a run recorded none"},
    labels=("label", "alert"),
    shown=("label", "alert", "text", "severity", "n"),
)
