"""Moving the spool's segments into the database: each span once, whenever a process dies."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

from tierscope.instrumentation.columns import SPAN_SCHEMA, table_from_spans
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.otlp_json import MalformedOtlpError
from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf
from tierscope.instrumentation.spool import Segment, Spool

__all__ = ["drain_spool"]

BATCH_BYTES: Final = 32 * 1024 * 1024
"""Segments are stored in steps of about this size: large ones keep the file compact, and memory stays bounded."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What one transaction stores."""

    segments: Sequence[Segment]
    spans: pa.Table
    """One row per span, in the columns of the table ``spans``, by start."""
    keys: pa.Table
    """One row per (trace_id, key), as in the table ``trace_keys``."""
    extents: pa.Table
    """One row per trace, as in the table ``stale_traces``."""


def drain_spool(spool: Spool, database: Database, progress: Callable[[int], None] | None = None) -> int:
    """Store what waits in the spool; only one process at a time may do so.

    Everything is decoded before the database is opened. One transaction stores the spans and the names of their
    segments; the files go afterwards. A crash between the two leaves names by which the next drain knows the files.

    Args:
        spool: where the segments wait.
        database: where the spans go.
        progress: told the number of spans after each step.

    Returns:
        Number of spans stored.

    Raises:
        StoreError: the database cannot be used; the segments stay where they are.
    """
    spool.sweep()
    stored = 0
    while segments := spool.list_segments():
        batch = _prepare(spool, segments)
        if batch is None:
            continue
        drained_before = _store(database, batch, segments)
        if drained_before:
            spool.delete(drained_before)
            continue
        spool.delete(batch.segments)
        stored += batch.spans.num_rows
        if progress is not None:
            progress(batch.spans.num_rows)
    return stored


def _prepare(spool: Spool, segments: Sequence[Segment]) -> _Batch | None:
    """Decode as many segments as make a step; None where none of them could be decoded."""
    taken: list[Segment] = []
    tables: list[pa.Table] = []
    size_bytes = 0
    for segment in segments:
        try:
            content = spool.read(segment)
            tables.append(_decode(segment, content))
        except (MalformedOtlpError, pa.ArrowException, OSError) as error:
            spool.set_aside(segment, str(error))
            continue
        taken.append(segment)
        size_bytes += len(content)
        if size_bytes >= BATCH_BYTES:
            break
    if not taken:
        return None
    incoming = pa.concat_tables(tables)
    incoming = incoming.append_column("arrival", pa.array(range(incoming.num_rows), pa.int64()))
    with duckdb.connect() as connection:
        connection.register("incoming", incoming)
        spans = connection.execute(load_query("prepare_batch")).to_arrow_table()
        connection.register("batch", spans)
        keys = connection.execute(load_query("list_trace_keys")).to_arrow_table()
        extents = connection.execute(load_query("list_extents")).to_arrow_table()
    return _Batch(taken, spans, keys, extents)


def _decode(segment: Segment, content: bytes) -> pa.Table:
    if segment.kind == "otlp":
        return table_from_spans(list(spans_from_protobuf(content)))
    with pa.ipc.open_file(pa.py_buffer(content)) as reader:
        return reader.read_all().select(SPAN_SCHEMA.names).cast(SPAN_SCHEMA)


def _store(database: Database, batch: _Batch, waiting: Sequence[Segment]) -> list[Segment]:
    """Store a batch, unless a drain that died had stored some of its segments: then those are returned instead."""
    starts = batch.spans.column("start_ns")
    times = {"first_start_ns": starts[0].as_py(), "last_start_ns": starts[-1].as_py()}
    with database.write() as connection:
        names = {row[0] for row in connection.execute("SELECT name FROM drained_segments").fetchall()}
        drained = [segment for segment in batch.segments if segment.name in names]
        if drained:
            return drained
        connection.register("batch", batch.spans)
        connection.register("batch_keys", batch.keys)
        connection.register("batch_extents", batch.extents)
        now_ns = time.time_ns()
        connection.execute(load_query("delete_replaced_spans"), times)
        connection.execute(load_query("insert_spans"), times)
        connection.execute(load_query("insert_trace_keys"))
        connection.execute(load_query("mark_stale_traces"), {"now_ns": now_ns})
        _enter_in_ledger(connection, batch, waiting, now_ns)
    return []


def _enter_in_ledger(
    connection: duckdb.DuckDBPyConnection, batch: _Batch, waiting: Sequence[Segment], now_ns: int
) -> None:
    """Record the batch's segments, and forget those whose files are gone: no file, no danger of storing it again."""
    files = [segment.name for segment in waiting]
    connection.execute("DELETE FROM drained_segments WHERE NOT list_contains($files, name)", {"files": files})
    connection.executemany(
        "INSERT INTO drained_segments VALUES (?, ?)", [[segment.name, now_ns] for segment in batch.segments]
    )
