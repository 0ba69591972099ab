"""Deleting runs for good: their spans, what was derived from them, what waits in the spool, and the bytes in the file.

What is deleted is whole traces, since a span that was left of one would be a run without a beginning. They are
remembered by id, so that spans of them that come late, or come again, are not stored.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.rewriting import Rewriting, rewrite
from tierscope.instrumentation.upkeep.subjects import Subject, find_traces

__all__ = ["Doomed", "PruneSelection", "prune", "select_doomed"]


@dataclass(frozen=True, slots=True)
class PruneSelection:
    """Runs that meet every given condition; at least one must be given."""

    run_ids: Sequence[str] | None = None
    before_ns: int | None = None
    """Nothing was recorded of the run since this Unix time. A run without any time has no age."""
    subject: Subject | None = None
    """Something about this subject was recorded in the run."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """What a selection deletes."""

    run_ids: Sequence[str]
    """Runs that lose spans; all of them, unless one shares a trace with a selected run and has others of its own."""
    trace_ids: Sequence[str]
    rows: Mapping[str, int]
    """Rows by table, those without any left out."""


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What was deleted."""

    doomed: Doomed
    rewriting: Rewriting | None
    """None where nothing was deleted, now or by a process that died before it had rewritten the file."""
    quarantined: int
    """Segments of the spool that could not be read, hence not be looked through."""


def select_doomed(store: Store, selection: PruneSelection) -> Doomed:
    """Find what would be deleted, and delete nothing.

    Args:
        store: brought up to date first.
        selection: which runs.

    Raises:
        StoreError: the store is missing, locked or not a store.
    """
    with store.hold_still():
        return _select(store, selection)


def prune(store: Store, selection: PruneSelection, progress: Callable[[int, int], None] | None = None) -> PruneReport:
    """Delete runs, and rewrite the file without them.

    The rows are gone in one transaction. Whoever is killed after it leaves bytes of them in the file; the next pruning
    or compaction removes these, even where it finds nothing else to do.

    Args:
        store: brought up to date first, so that what waits in the spool is deleted too.
        selection: which runs.
        progress: told (rows kept so far, rows to keep) while the file is rewritten.

    Raises:
        StoreFullError: no room to rewrite the file; the rows are deleted all the same.
        StoreError: the store is missing, locked or not a store.
    """
    with store.hold_still():
        doomed = _select(store, selection)
        if doomed.trace_ids:
            _delete(store, doomed)
        rewriting = rewrite(store, progress) if _has_unerased(store) else None
    return PruneReport(doomed, rewriting, len(store.spool.list_quarantined()))


def _select(store: Store, selection: PruneSelection) -> Doomed:
    parameters = {
        "run_ids": None if selection.run_ids is None else list(selection.run_ids),
        "before_ns": selection.before_ns,
    }
    run_ids = store.query(load_query("list_runs_to_prune"), parameters)["run_id"].to_list()
    if selection.subject is not None:
        about = find_traces(store, selection.subject)
        runs_about = set(store.query(load_query("list_runs_of_traces"), {"trace_ids": about})["run_id"])
        run_ids = [run_id for run_id in run_ids if run_id in runs_about]
    trace_ids = store.query(load_query("list_traces_of_runs"), {"run_ids": run_ids})["trace_id"].to_list()
    losing = store.query(load_query("list_runs_of_traces"), {"trace_ids": trace_ids})["run_id"].to_list()
    with store.read() as connection:
        _register(connection, losing, trace_ids)
        rows = {
            table: connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchall()[0][0]  # noqa: S608
            for table, condition in _list_conditions(connection)
        }
    return Doomed(losing, trace_ids, {table: count for table, count in rows.items() if count})


def _delete(store: Store, doomed: Doomed) -> None:
    now = {"now_ns": time.time_ns()}
    with store.database.write() as connection:
        _register(connection, doomed.run_ids, doomed.trace_ids)
        connection.execute(load_query("insert_pruned_traces"), now)
        connection.execute(load_query("mark_remaining_traces"), now)
        for table, condition in _list_conditions(connection):
            connection.execute(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608 - one of our own names


def _register(connection: duckdb.DuckDBPyConnection, run_ids: Sequence[str], trace_ids: Sequence[str]) -> None:
    connection.register("doomed_runs", pa.table({"run_id": pa.array(run_ids, pa.string())}))
    connection.register("doomed_traces", pa.table({"trace_id": pa.array(trace_ids, pa.string())}))


def _list_conditions(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Each table of which something is to be deleted, and which rows; whatever a migration adds is among them."""
    by_trace = "trace_id IN (SELECT trace_id FROM doomed_traces)"
    by_run = "run_id IN (SELECT run_id FROM doomed_runs)"
    tables = connection.execute(load_query("list_id_tables")).fetchall()
    return [(table, by_trace if has_trace_id else by_run) for table, has_trace_id in tables]


def _has_unerased(store: Store) -> bool:
    return bool(store.query("SELECT count(*) FROM pruned_traces WHERE NOT is_erased").item())
