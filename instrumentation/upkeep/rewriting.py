"""Rewriting a store's file: nothing deleted is left in it, and it is as small as it can be.

DuckDB keeps the bytes of deleted rows in its file until their blocks are used again, and many small drains leave many
small row groups. So the rows are copied to a new file, which then takes the place of the old one. Readers go on all
the while: rows are read in pages, each in a short session, and written outside of it. Whoever is killed in the middle
leaves the old file, or the new one, whole.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.database import Database, FileState, load_query
from tierscope.instrumentation.store import Store

__all__ = ["Rewriting", "rewrite"]

PAGE_ROWS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What rewriting a file did to its size."""

    bytes_before: int
    bytes_after: int


@dataclass(frozen=True, slots=True)
class _Extent:
    """How many pages a table fills."""

    table: str
    """Quoted, with its schema."""
    end_row: int
    """One past the last row id."""


def rewrite(
    store: Store,
    *,
    goes_on: Callable[[], bool] = lambda: True,
    progress: Callable[[int, int], None] | None = None,
) -> Rewriting | None:
    """Put a file with the same rows, and nothing else, in the place of a store's file.

    Args:
        store: what is committed to it meanwhile undoes the work; ``Store.hold_still`` keeps others from it.
        goes_on: asked before every page.
        progress: told (rows copied, rows in all) after every page.

    Returns:
        Sizes before and after; None where it was not done, since ``goes_on`` said no, or something was committed
        meanwhile.

    Raises:
        StoreFullError: the disk has no room for the new file; the old one is as it was.
        StoreError: the store cannot be used, or is being rewritten by another process.
    """
    with store.hold_rewriting(), store.database.explaining():
        return _rewrite(store.database, goes_on, progress)


def _rewrite(
    database: Database, goes_on: Callable[[], bool], progress: Callable[[int, int], None] | None
) -> Rewriting | None:
    draft = database.path.with_name(f"{database.path.name}.rewriting")
    _remove(draft)  # of a process that was killed
    bytes_before = database.path.stat().st_size
    try:
        state, extents = _copy_schema(database, draft)
        if not _copy_rows(database, draft, state, extents, goes_on, progress):
            return None
        bytes_after = draft.stat().st_size
        return Rewriting(bytes_before, bytes_after) if database.swap_in(draft, state) else None
    finally:
        _remove(draft)


def _remove(draft: Path) -> None:
    draft.unlink(missing_ok=True)
    draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)


def _copy_schema(database: Database, draft: Path) -> tuple[FileState, list[_Extent]]:
    """Make the new file with every table and view, but no rows; what was in the old one at that moment."""
    with database.read() as connection:
        state = database.state()
        (name,) = connection.execute("SELECT current_database()").fetchall()[0]
        connection.execute(f"ATTACH {_text(str(draft))} AS draft (READ_WRITE)")
        connection.execute(f"COPY FROM DATABASE {_name(name)} TO draft (SCHEMA)")
        connection.execute("DETACH draft")
        tables = connection.execute(load_query("list_own_tables")).fetchall()
        return state, [_measure(connection, f"{_name(schema)}.{_name(table)}") for schema, table in tables]


def _measure(connection: duckdb.DuckDBPyConnection, table: str) -> _Extent:
    (last_row,) = connection.execute(f"SELECT max(rowid) FROM {table}").fetchall()[0]  # noqa: S608 - a table's name
    return _Extent(table, 0 if last_row is None else last_row + 1)


def _copy_rows(
    database: Database,
    draft: Path,
    state: FileState,
    extents: list[_Extent],
    goes_on: Callable[[], bool],
    progress: Callable[[int, int], None] | None,
) -> bool:
    total = sum(extent.end_row for extent in extents)
    done = 0
    with database.open_draft(draft) as target:
        target.begin()
        for extent in extents:
            for first_row in range(0, extent.end_row, PAGE_ROWS):
                page = _load_page(database, state, extent, first_row) if goes_on() else None
                if page is None:
                    return False
                target.register("rewritten_page", page)
                target.execute(f"INSERT INTO {extent.table} SELECT * FROM rewritten_page")  # noqa: S608 - a table's name
                target.unregister("rewritten_page")
                done += min(PAGE_ROWS, extent.end_row - first_row)
                if progress is not None:
                    progress(done, total)
        target.execute("UPDATE pruned_traces SET is_erased = TRUE WHERE NOT is_erased")
        target.commit()
    return True


def _load_page(database: Database, state: FileState, extent: _Extent, first_row: int) -> pa.Table | None:
    """Some rows of a table; None where something was committed since the state was taken."""
    with database.read() as connection:
        if database.state() != state:
            return None
        sql = f"SELECT * FROM {extent.table} WHERE rowid >= ? AND rowid < ?"  # noqa: S608 - a table's name
        return fetch_table(connection, sql, [first_row, first_row + PAGE_ROWS])


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
