"""The rows of a store page by page, each page a session of its own: long work that leaves the store to others."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import pyarrow as pa

from tierscope.errors import InputError
from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store

__all__ = ["choose_traces", "count_spans", "list_run_tables", "read_run_pages", "read_span_pages"]

PAGE_ROWS: Final = 20_000


def choose_traces(store: Store, run_ids: Sequence[str] | None) -> list[str] | None:
    """The traces of the runs to export; None for all traces.

    Args:
        store: brought up to date by the caller.
        run_ids: None for everything.

    Raises:
        InputError: there is nothing to export.
        StoreError: the store cannot be read.
    """
    if run_ids is None:
        if not count_spans(store, None):
            raise InputError(f"{store.path} holds no spans: nothing was exported.")
        return None
    traces = store.query(load_query("list_traces_of_runs"), {"run_ids": list(run_ids)})["trace_id"].to_list()
    if not traces:
        raise InputError(f"no run in {store.path} meets these conditions: nothing was exported.")
    return traces


def count_spans(store: Store, trace_ids: Sequence[str] | None) -> int:
    """How many spans the chosen traces have.

    Args:
        store: where to look.
        trace_ids: of the traces; None for all.

    Raises:
        StoreError: the store cannot be read.
    """
    if trace_ids is None:
        return int(store.query("SELECT count(*) FROM spans").item())
    return int(store.query(load_query("count_spans"), {"trace_ids": list(trace_ids)}).item())


def read_span_pages(store: Store, trace_ids: Sequence[str] | None) -> Iterator[pa.Table]:
    """Read spans by start. A span that is stored meanwhile is among them if its page is still to come.

    Args:
        store: where to look.
        trace_ids: of the traces; None for all.

    Yields:
        About 20,000 rows of the table ``spans`` at a time; more where many spans started at the same moment.

    Raises:
        StoreError: the store cannot be read.
    """
    chosen = {"trace_ids": None if trace_ids is None else list(trace_ids)}
    starts = store.query(load_query("list_page_starts"), {**chosen, "page_spans": PAGE_ROWS})["start_ns"]
    bounds: list[int | None] = [*starts.unique().sort(), None]
    for from_ns, to_ns in pairwise(bounds):
        with store.read() as connection:
            page = fetch_table(connection, load_query("list_span_page"), {**chosen, "from_ns": from_ns, "to_ns": to_ns})
        yield page


def list_run_tables(store: Store) -> list[str]:
    """Names of the tables whose rows belong to runs.

    Args:
        store: where to look.

    Raises:
        StoreError: the store cannot be read.
    """
    return store.query(load_query("list_run_tables"))["table_name"].to_list()


def read_run_pages(store: Store, table: str, run_ids: Sequence[str] | None) -> Iterator[pa.Table]:
    """Read a table by run; the rows of a run are read at once, so that they fit each other.

    Args:
        store: where to look.
        table: one of ``list_run_tables``.
        run_ids: of the runs; None for all.

    Yields:
        About 20,000 rows at a time; at least one page, which may be empty.

    Raises:
        StoreError: the store cannot be read.
    """
    for part in _split(_count_rows(store, table, run_ids)):
        with store.read() as connection:
            page = fetch_table(
                connection,
                f"SELECT * FROM {table} WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY run_id, rowid",  # noqa: S608
                [part],
            )
        yield page


def _count_rows(store: Store, table: str, run_ids: Sequence[str] | None) -> list[tuple[str, int]]:
    counted = f"SELECT run_id, count(*) FROM {table} GROUP BY run_id ORDER BY run_id"  # noqa: S608 - one of our own names
    chosen = None if run_ids is None else set(run_ids)
    return [(run_id, rows) for run_id, rows in store.query(counted).iter_rows() if chosen is None or run_id in chosen]


def _split(runs: Sequence[tuple[str, int]]) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for run_id, rows in runs:
        if part and size + rows > PAGE_ROWS:
            yield part
            part, size = [], 0
        part.append(run_id)
        size += rows
    yield part
