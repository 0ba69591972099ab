"""A store's tables as Parquet files, with a manifest that says how many rows each has and what its hash is."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from tierscope import __version__
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.drafting import drafting
from tierscope.instrumentation.upkeep.pages import (
    choose_traces,
    count_spans,
    list_run_tables,
    read_run_pages,
    read_span_pages,
)

__all__ = ["MANIFEST", "ExportedTable", "export_parquet"]

MANIFEST: Final = "manifest.json"
FORMAT: Final = "tierscope-parquet/1"

_Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """One file of an export."""

    table: str
    file: str
    """Its name in the folder."""
    rows: int
    bytes: int
    sha256: str


def export_parquet(
    store: Store,
    folder: Path,
    run_ids: Sequence[str] | None = None,
    progress: _Progress | None = None,
) -> list[ExportedTable]:
    """Write the spans, and every table whose rows belong to runs, each as one Parquet file.

    Rows are read in pages, each in a short session, so memory is bounded and the store stays free for others. Of a run
    that gets spans meanwhile, tables may show different moments; a run that had ended is whole.

    Args:
        store: brought up to date by the caller.
        folder: made; must not exist.
        run_ids: only these; None for everything.
        progress: told (spans written, spans to write).

    Returns:
        The files, as the manifest lists them.

    Raises:
        InputError: the folder exists or cannot be written, or there is nothing to export.
        StoreError: the store cannot be read.
    """
    trace_ids = choose_traces(store, run_ids)
    total = count_spans(store, trace_ids)
    with drafting(folder) as draft:
        draft.mkdir()
        done = 0

        def tell(rows: int) -> None:
            nonlocal done
            done += rows
            if progress is not None:
                progress(done, total)

        tables = [_write(draft, "spans", read_span_pages(store, trace_ids), tell)]
        tables += [_write(draft, table, read_run_pages(store, table, run_ids)) for table in list_run_tables(store)]
        draft.joinpath(MANIFEST).write_bytes(
            orjson.dumps(_describe(store, run_ids, tables), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
    return tables


def _write(
    folder: Path, table: str, pages: Iterable[pa.Table], tell: Callable[[int], None] | None = None
) -> ExportedTable:
    path = folder / f"{table}.parquet"
    rows = 0
    with ExitStack() as stack:
        writer: pq.ParquetWriter | None = None
        for page in pages:
            if writer is None:
                writer = stack.enter_context(pq.ParquetWriter(path, page.schema, compression="zstd"))
            writer.write_table(page)
            rows += page.num_rows
            if tell is not None:
                tell(page.num_rows)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ExportedTable(table, path.name, rows, path.stat().st_size, digest)


def _describe(store: Store, run_ids: Sequence[str] | None, tables: Sequence[ExportedTable]) -> dict[str, Any]:
    schema = store.query("SELECT number, name FROM schema_migrations ORDER BY number")
    return {
        "format": FORMAT,
        "tierscope": __version__,
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "schema": schema["number"].max(),
        "migrations": schema["name"].to_list(),
        "run_ids": None if run_ids is None else sorted(run_ids),
        "tables": [asdict(table) for table in tables],
    }
