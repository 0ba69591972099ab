"""What an audit report says, before it is set."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import polars as pl

from tierscope.dashboard.audit.brief import Statement, make_brief
from tierscope.dashboard.audit.computing import Audited, ComputedMetric
from tierscope.dashboard.audit.glance import make_glance
from tierscope.dashboard.audit.hop_bars import HopBar, make_hop_bars
from tierscope.dashboard.audit.method import MetricMethod, describe_method, library_versions
from tierscope.dashboard.audit.tables import Table, make_metric_table, make_table
from tierscope.dashboard.audit.tier_sections import TierSection, make_tier_sections

__all__ = ["MetricSection", "Report", "make_report"]

_SHOWN_ROWS: Final = 20
_RUN_COLUMNS: Final = (
    "run_id",
    "label",
    "root_agent",
    "version",
    "status",
    "started_ns",
    "duration_ms",
    "agents",
    "orphan_agents",
    "spans",
    "orphan_spans",
    "simulated_share",
)
_SPAWNING: Final = ("spawn_depth",)
_NONE_FOUND: Final = {
    "alerts": "No alert was raised. What was not recorded could raise none: see Coverage.",
    "hidden_dependencies": "No hidden dependency was found.",
}
"""Metric that looks for something -> what its having no row means."""
_DEPENDENCIES: Final = ("domain_dependencies", "hidden_dependencies")
_PLACED: Final = frozenset({"alerts", "coverage", "failures", "synthesis_retention", *_SPAWNING, *_DEPENDENCIES})
"""Metrics with a section of their own; a metric about tiers stands in the tiers' sections."""


@dataclass(frozen=True, slots=True)
class MetricSection:
    """One metric with its table, or why there is none."""

    name: str
    title: str
    question: str
    table: Table | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """An audit report."""

    subject: str
    """The projects of the runs, else their labels."""
    generated_at: datetime
    first_run_at: datetime | None
    last_run_at: datetime | None
    run_count: int
    stored_runs: int
    """How many runs the store holds: a report on some of them says so."""
    recorders: Sequence[str]
    """What recorded the runs, or the format that they were made of."""
    brief: Sequence[Statement]
    glance: Table | None
    """Every tier in one row."""
    hops: Sequence[HopBar]
    """What became of the signals on their way from the leaves to the root."""
    alerts: MetricSection | None
    runs: Table
    coverage: MetricSection | None
    notes: Sequence[str]
    """What the recordings themselves say was left out or joined."""
    tiers: Sequence[TierSection]
    spawning: Sequence[MetricSection]
    dependencies: Sequence[MetricSection]
    further: Sequence[MetricSection]
    method: Sequence[MetricMethod]
    libraries: dict[str, str]


def make_report(audited: Audited, generated_at: datetime) -> Report:
    """Put together what the report says.

    Args:
        audited: every metric over the runs.
        generated_at: the time to print.
    """
    runs = audited.runs
    started = runs["started_ns"].drop_nulls()
    sections = {name: _make_section(computed) for name, computed in audited.metrics.items()}
    return Report(
        subject=_name_subject(runs),
        generated_at=generated_at,
        first_run_at=_moment(started.min()),
        last_run_at=_moment(started.max()),
        run_count=runs.height,
        stored_runs=audited.stored_runs,
        recorders=_list_distinct(runs, "recorder", "imported_from"),
        brief=make_brief(audited),
        glance=make_glance(audited),
        hops=make_hop_bars(audited),
        alerts=sections.get("alerts"),
        runs=_make_run_table(runs),
        coverage=sections.get("coverage"),
        notes=_read_notes(runs),
        tiers=make_tier_sections(audited),
        spawning=[sections[name] for name in _SPAWNING if name in sections],
        dependencies=[sections[name] for name in _DEPENDENCIES if name in sections],
        further=[
            section for name, section in sections.items() if name not in _PLACED and audited.metrics[name].tiers is None
        ],
        method=[describe_method(computed.metric) for computed in audited.metrics.values()],
        libraries=library_versions(),
    )


def _make_section(computed: ComputedMetric) -> MetricSection:
    metric, frame = computed.metric, computed.frame
    table = None if frame is None or frame.is_empty() else make_metric_table(metric, frame, limit=_SHOWN_ROWS)
    reason = computed.reason or (
        None if table else _NONE_FOUND.get(metric.name, "The recording holds nothing of this kind.")
    )
    return MetricSection(metric.name, metric.title, metric.summary, table, reason)


def _make_run_table(runs: pl.DataFrame) -> Table:
    columns = [name for name in _RUN_COLUMNS if not runs[name].is_null().all()]
    return make_table(runs, columns, limit=_SHOWN_ROWS, whole="records/runs.parquet")


def _name_subject(runs: pl.DataFrame) -> str:
    for column in ("project", "root_agent"):
        if names := _list_distinct(runs, column):
            return ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    return "Recorded runs"


def _list_distinct(runs: pl.DataFrame, *columns: str) -> list[str]:
    return sorted({str(value) for column in columns for value in runs[column].drop_nulls()})


def _read_notes(runs: pl.DataFrame) -> list[str]:
    """Notes of the runs, each once."""
    notes: Iterable[str] = (note for text in runs["notes"].drop_nulls() for note in json.loads(text))
    return list(dict.fromkeys(notes))


def _moment(unix_ns: object) -> datetime | None:
    return datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC) if isinstance(unix_ns, int) else None
