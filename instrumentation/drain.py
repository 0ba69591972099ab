"""Moving the spool's segments into the database: each span once, whenever a process dies."""

import logging
import time
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from tierscope.instrumentation.ahead import one_ahead
from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.collector import collector_paused
from tierscope.instrumentation.columns import SPAN_SCHEMA
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.otlp_protobuf import table_from_protobuf
from tierscope.instrumentation.spool import Segment, Spool

__all__ = ["drain_spool"]

BATCH_BYTES: Final = 32 * 1024 * 1024
"""Spans are stored in steps of about this size: large ones keep the file compact, and memory stays bounded."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction stores."""

    segments: Sequence[Segment]
    spans: pa.Table
    """One row per span, in the columns of the table ``spans``."""
    keys: pa.Table
    """One row per (trace_id, key), as in the table ``trace_keys``."""
    extents: pa.Table
    """One row per trace, as in the table ``stale_traces``."""


def drain_spool(spool: Spool, database: Database) -> int:
    """Store what waits in the spool now; only one process at a time may do so.

    A batch is decoded before the database is opened for it. One transaction stores the spans and the names of their
    segments; the files go afterwards. A crash between the two leaves names by which the next drain knows the files.

    Args:
        spool: where the segments wait.
        database: where the spans go.

    Returns:
        Number of spans stored.

    Raises:
        StoreError: the database cannot be used; the segments stay where they are.
    """
    spool.sweep()
    waiting = spool.list_segments()  # what comes later is for the next drain: a busy recorder must not hold this one
    stored = 0
    with closing(one_ahead(_prepare_batches(spool, waiting))) as batches:
        for batch in batches:
            stored += _store(spool, database, batch, waiting)
            spool.delete(batch.segments)
    return stored


def _prepare_batches(spool: Spool, segments: Sequence[Segment]) -> Generator[_Batch]:
    taken: list[Segment] = []
    tables: list[pa.Table] = []
    size_bytes = 0
    for segment in segments:
        try:
            with collector_paused():
                tables.append(_decode(segment, spool.read(segment)))
        except (MalformedOtlpError, pa.ArrowException) as error:
            spool.set_aside(segment, str(error))
            continue
        except OSError as error:  # such as too many open files: nothing is wrong with the segment
            _log.warning("segment %s stays in the spool for now: %s", segment.name, error)
            continue
        taken.append(segment)
        size_bytes += tables[-1].nbytes
        if size_bytes >= BATCH_BYTES:
            yield _prepare(taken, tables)
            taken, tables, size_bytes = [], [], 0
    if taken:
        yield _prepare(taken, tables)


def _decode(segment: Segment, content: bytes) -> pa.Table:
    if segment.kind == "otlp":
        return table_from_protobuf(content)
    with pa.ipc.open_file(pa.py_buffer(content)) as reader:
        return reader.read_all().select(SPAN_SCHEMA.names).cast(SPAN_SCHEMA)


def _prepare(segments: Sequence[Segment], tables: Sequence[pa.Table]) -> _Batch:
    incoming = pa.concat_tables(tables)
    with duckdb.connect(config={"threads": 1}) as scratch:
        arrivals = pa.array(np.arange(incoming.num_rows))
        scratch.register("incoming", incoming.append_column("arrival", arrivals))
        latest = fetch_table(scratch, load_query("list_latest_records"))["arrival"]
        incoming = incoming if len(latest) == len(arrivals) else incoming.take(latest)
        scratch.register("incoming", incoming)
        spans = _add_columns(incoming, fetch_table(scratch, load_query("list_promoted")))
        scratch.register("batch", spans)
        keys = fetch_table(scratch, load_query("list_trace_keys"))
        extents = fetch_table(scratch, load_query("list_extents"))
    return _Batch(segments, spans, keys, extents)


def _add_columns(table: pa.Table, columns: pa.Table) -> pa.Table:
    for name in columns.column_names:
        table = table.append_column(name, columns[name])
    return table


def _store(spool: Spool, database: Database, batch: _Batch, waiting: Sequence[Segment]) -> int:
    """Store a batch, without the segments that a drain that died had stored; returns the number of spans."""
    if not batch.spans.num_rows:
        return 0
    with database.write() as connection:
        ledger = {row[0] for row in connection.execute("SELECT name FROM drained_segments").fetchall()}
        left_behind = ledger.intersection(segment.name for segment in batch.segments)
        if not left_behind:
            _insert(connection, batch, waiting)
            return batch.spans.num_rows
    rest = [segment for segment in batch.segments if segment.name not in left_behind]
    return sum(_store(spool, database, part, waiting) for part in _prepare_batches(spool, rest))


def _insert(connection: duckdb.DuckDBPyConnection, batch: _Batch, waiting: Sequence[Segment]) -> None:
    now = {"now_ns": time.time_ns()}
    connection.register("batch", batch.spans)
    connection.register("batch_keys", batch.keys)
    connection.register("batch_extents", batch.extents)
    [starts] = connection.execute(load_query("list_start_range")).fetchall()
    times = {"first_start_ns": starts[0], "last_start_ns": starts[1]}
    connection.execute(load_query("delete_replaced_spans"), times)
    connection.execute(load_query("insert_spans"), times)
    connection.execute(load_query("insert_trace_keys"))
    connection.execute(load_query("mark_stale_traces"), now)
    # A segment whose file is gone cannot be drained again, so its name is no longer needed.
    files = {"files": [segment.name for segment in waiting]}
    connection.execute("DELETE FROM drained_segments WHERE NOT list_contains($files, name)", files)
    names = {"names": [segment.name for segment in batch.segments]}
    connection.execute("INSERT INTO drained_segments SELECT unnest($names), $now_ns", {**names, **now})
