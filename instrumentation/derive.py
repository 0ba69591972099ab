"""Deriving runs: from the spans of stale traces to the rows of the derived tables."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import duckdb
import pyarrow as pa

from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.columns import spans_from_table
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.derived import make_tables
from tierscope.instrumentation.groups import TraceGroup, load_stale_groups
from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.semconv import TIERSCOPE_UNTIMED
from tierscope.instrumentation.spans import Span

__all__ = ["Deriver", "InferRuns"]

InferRuns: TypeAlias = Callable[[Iterable[Span]], list[Run]]
"""Tier inference: the spans of some traces -> the runs in them."""

_log = logging.getLogger(__name__)

STEP_SPANS: Final = 20_000
"""Runs are derived in steps of about this many spans, so that memory stays bounded; a run is never split."""


@dataclass(frozen=True, slots=True)
class _Step:
    """Some groups of traces that are derived together."""

    groups: Sequence[TraceGroup]
    spans: pa.Table
    """Every span of them, in the columns of ``SPAN_SCHEMA``."""
    marks: pa.Table
    """One row per (trace_id, arrived_ns) that was stale before the spans were read."""


@dataclass(frozen=True, slots=True)
class Deriver:
    """Derives the runs of stale traces anew.

    Spans are read in one short session and rows are written in another; inference happens in between.
    """

    database: Database
    infer_runs: InferRuns
    prices: PriceTable
    """What model calls cost."""
    silent_since_ns: int
    """Unix time; what is still running in a run of which nothing was recorded since is abandoned."""

    def run(self, progress: Callable[[int], None] | None = None) -> int:
        """Derive what is stale now.

        Args:
            progress: told the number of spans after each step.

        Returns:
            Number of runs derived.

        Raises:
            StoreError: the database cannot be used.
        """
        derived = 0
        for step in self._load_steps():
            derived += self._derive(step)
            if progress is not None:
                progress(step.spans.num_rows)
        return derived

    def _load_steps(self) -> Iterator[_Step]:
        with self.database.read() as connection:
            marks = fetch_table(connection, "SELECT trace_id, arrived_ns FROM stale_traces")
            parts = list(_split(load_stale_groups(connection, self.silent_since_ns)))
            first = [_Step(groups, _load_spans(connection, groups), marks) for groups in parts[:1]]
        yield from first
        for groups in parts[1:]:
            with self.database.read() as connection:
                spans = _load_spans(connection, groups)
            yield _Step(groups, spans, marks)

    def _derive(self, step: _Step) -> int:
        extents = _compute_extents(step.spans)
        first_ns: dict[str, int] = {row["trace_id"]: row["first_ns"] for row in extents.to_pylist()}
        last_ns: dict[str, int] = {row["trace_id"]: row["last_ns"] for row in extents.to_pylist()}
        inferred, untimed = self._infer(step)
        runs = [
            _abandon(run) if max(last_ns[trace_id] for trace_id in run.trace_ids) < self.silent_since_ns else run
            for run in inferred
        ]
        views = {
            "seen_marks": step.marks,
            "step_extents": extents,
            "step_traces": _table(trace_id=list(first_ns)),
            "step_runs": _table(
                trace_id=[trace_id for run in runs for trace_id in run.trace_ids],
                run_id=[run.id for run in runs for _ in run.trace_ids],
            ),
        }
        tables = make_tables(runs, first_ns, untimed, self.prices)
        with self.database.write() as connection:
            _replace(connection, views, tables)
        return len(runs)

    def _infer(self, step: _Step) -> tuple[list[Run], set[str]]:
        """The runs of each group, and the ids of the spans whose times say nothing."""
        group_of = {trace_id: number for number, group in enumerate(step.groups) for trace_id in group.trace_ids}
        spans_of: list[list[Span]] = [[] for _ in step.groups]
        untimed: set[str] = set()
        for span in spans_from_table(step.spans):
            spans_of[group_of[span.trace_id]].append(span)
            if span.attributes.get(TIERSCOPE_UNTIMED):
                untimed.add(span.key)
        return [run for spans in spans_of if spans for run in self._infer_group(spans)], untimed

    def _infer_group(self, spans: Sequence[Span]) -> list[Run]:
        try:
            return self.infer_runs(spans)
        except Exception as error:  # one strange trace must not keep all others from being seen
            _log.exception("no tiers could be inferred in trace %s", spans[0].trace_id)
            return [_run_without_tiers(spans, f"No tiers could be inferred: {type(error).__name__}: {error}.")]


def _split(groups: Iterable[TraceGroup]) -> Iterator[list[TraceGroup]]:
    part: list[TraceGroup] = []
    spans = 0
    for group in groups:
        if part and spans + group.spans > STEP_SPANS:
            yield part
            part, spans = [], 0
        part.append(group)
        spans += group.spans
    if part:
        yield part


def _load_spans(connection: duckdb.DuckDBPyConnection, groups: Sequence[TraceGroup]) -> pa.Table:
    parameters = {
        "trace_ids": [trace_id for group in groups for trace_id in group.trace_ids],
        "first_ns": min(group.first_ns for group in groups),
        "last_ns": max(group.last_ns for group in groups),
    }
    return fetch_table(connection, load_query("list_spans"), parameters)


def _compute_extents(spans: pa.Table) -> pa.Table:
    with duckdb.connect() as scratch:
        scratch.register("batch", spans)
        return fetch_table(scratch, load_query("list_extents"))


def _run_without_tiers(spans: Sequence[Span], note: str) -> Run:
    return Run(
        id=spans[0].trace_id,
        trace_ids=tuple(dict.fromkeys(span.trace_id for span in spans)),
        root_id=None,
        invocations=(),
        model_calls=(),
        signals=(),
        handoffs=(),
        gaps=(),
        refusals=(),
        critical_checks=(),
        span_count=len(spans),
        orphan_span_count=0,
        recorder=None,
        notes=(note,),
    )


def _abandon(run: Run) -> Run:
    """The run with nothing running any more."""
    return replace(
        run,
        invocations=tuple(
            replace(one, status="abandoned") if one.status == "running" else one for one in run.invocations
        ),
    )


def _replace(
    connection: duckdb.DuckDBPyConnection, views: Mapping[str, pa.Table], tables: Mapping[str, pa.Table]
) -> None:
    for name, view in views.items():
        connection.register(name, view)
    replaced = fetch_table(connection, load_query("list_replaced_runs"))
    connection.register("replaced_runs", replaced)
    connection.execute(load_query("delete_runs"))
    for name, table in tables.items():
        if table.num_rows:
            connection.register("new_rows", table)
            connection.execute(f"INSERT INTO {name} BY NAME FROM new_rows")  # one of our own names
    connection.execute(load_query("replace_trace_runs"))


def _table(**columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
