"""Deriving runs: from the spans of stale traces to the rows of the derived tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import duckdb
import pyarrow as pa

from tierscope.instrumentation.columns import spans_from_table
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.derived import DERIVED_TABLES, Rows, make_rows
from tierscope.instrumentation.groups import TraceGroup, load_stale_groups
from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.semconv import TIERSCOPE_UNTIMED
from tierscope.instrumentation.spans import Span

__all__ = ["InferRuns", "abandon_silent_runs", "derive_runs"]

InferRuns = Callable[[Iterable[Span]], list[Run]]
"""Tier inference: the spans of some traces -> the runs in them."""

STEP_SPANS: Final = 50_000
"""Runs are derived in steps of about this many spans, so that memory stays bounded; a run is never split."""


def derive_runs(
    database: Database, infer_runs: InferRuns, prices: PriceTable, progress: Callable[[int], None] | None = None
) -> int:
    """Derive the runs of every stale trace anew.

    Spans are read in one short session and rows are written in another; inference happens in between.

    Args:
        database: of the store.
        infer_runs: tier inference.
        prices: what model calls cost.
        progress: told the number of spans after each step.

    Returns:
        Number of runs derived.

    Raises:
        StoreError: the database cannot be used.
    """
    with database.read() as connection:
        marks = connection.execute("SELECT trace_id, arrived_ns FROM stale_traces").to_arrow_table()
        groups = load_stale_groups(connection)
    derived = 0
    for step in _steps(groups):
        runs = _derive_step(database, step, marks, infer_runs, prices)
        derived += len(runs)
        if progress is not None:
            progress(sum(run.span_count for run in runs))
    return derived


def abandon_silent_runs(database: Database, since_ns: int) -> None:
    """Call runs abandoned that are still running although nothing in them happened for a while.

    Args:
        database: of the store.
        since_ns: Unix time; a run whose last span began or ended before it is silent.

    Raises:
        StoreError: the database cannot be used.
    """
    with database.read() as connection:
        silent = connection.execute(load_query("list_silent_runs"), {"since_ns": since_ns}).to_arrow_table()
    if silent.num_rows:
        with database.write() as connection:
            connection.register("silent_runs", silent)
            connection.execute(load_query("abandon_runs"))


def _steps(groups: Iterable[TraceGroup]) -> Iterator[list[TraceGroup]]:
    step: list[TraceGroup] = []
    for group in groups:
        if step and sum(one.spans for one in step) + group.spans > STEP_SPANS:
            yield step
            step = []
        step.append(group)
    if step:
        yield step


def _derive_step(
    database: Database, step: Sequence[TraceGroup], marks: pa.Table, infer_runs: InferRuns, prices: PriceTable
) -> list[Run]:
    table = _load_spans(database, step)
    group_of = {trace_id: number for number, group in enumerate(step) for trace_id in group.trace_ids}
    spans_of: list[list[Span]] = [[] for _ in step]
    untimed: set[str] = set()
    for span in spans_from_table(table):
        spans_of[group_of[span.trace_id]].append(span)
        if span.attributes.get(TIERSCOPE_UNTIMED):
            untimed.add(span.key)
    runs = [run for spans in spans_of for run in infer_runs(spans)]
    with duckdb.connect() as scratch:
        scratch.register("batch", table)
        extents = scratch.execute(load_query("list_extents")).to_arrow_table()
    first_ns: dict[str, int] = {row["trace_id"]: row["first_ns"] for row in extents.to_pylist()}
    rows = make_rows(runs, first_ns, untimed, prices)
    views = {
        "seen_marks": marks,
        "step_extents": extents,
        "step_runs": _table(
            trace_id=[trace_id for run in runs for trace_id in run.trace_ids],
            run_id=[run.id for run in runs for _ in run.trace_ids],
        ),
        "step_traces": _table(trace_id=list(group_of)),
    }
    with database.write() as connection:
        _replace(connection, views, rows)
    return runs


def _load_spans(database: Database, step: Sequence[TraceGroup]) -> pa.Table:
    parameters = {
        "trace_ids": [trace_id for group in step for trace_id in group.trace_ids],
        "first_ns": min(group.first_ns for group in step),
        "last_ns": max(group.last_ns for group in step),
    }
    with database.read() as connection:
        return connection.execute(load_query("list_spans"), parameters).to_arrow_table()


def _replace(connection: duckdb.DuckDBPyConnection, views: Mapping[str, pa.Table], rows: Rows) -> None:
    for name, view in views.items():
        connection.register(name, view)
    replaced = connection.execute(load_query("list_replaced_runs")).to_arrow_table()
    connection.register("replaced_runs", replaced)
    connection.execute(load_query("delete_runs"))
    for table in DERIVED_TABLES:
        if rows[table]:
            connection.register("new_rows", pa.Table.from_pylist(rows[table]))
            connection.execute(f"INSERT INTO {table} BY NAME FROM new_rows")  # a constant name
    connection.execute(load_query("replace_trace_runs"))


def _table(**columns: list[str]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
