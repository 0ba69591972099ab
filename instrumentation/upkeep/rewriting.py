"""Rewriting a store's file: nothing deleted is left in it, and it is as small as it can be.

DuckDB keeps the bytes of deleted rows in its file until their blocks are used again, and many small drains leave many
small row groups. So the rows are copied to a new file, which then takes the place of the old one. Readers go on all
the while: rows are read in pages, each in a short session, and written outside of it. Whoever is killed in the middle
leaves the old file, or the new one, whole.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from tierscope.errors import StoreLockedError
from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.database import Database, FileState, load_query
from tierscope.instrumentation.store import Store

__all__ = ["Rewriting", "rewrite", "try_to_rewrite", "write_draft"]

PAGE_ROWS: Final = 20_480
COMMIT_PAGES: Final = 6
"""A transaction is held in memory until it is committed, and these many pages are one row group of DuckDB."""
ATTEMPTS: Final = 5
"""What is drained waits; only what is written otherwise, such as which alerts were sent, may come in between."""


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


def rewrite(store: Store, progress: Callable[[int, int], None] | None = None) -> Rewriting:
    """Put a file with the same rows, and nothing else, in the place of a store's file.

    Args:
        store: held still by the caller; a commit of somebody else has the work begin anew.
        progress: told (rows copied, rows in all) after every page.

    Raises:
        StoreFullError: the disk has no room for the new file; the old one is as it was.
        StoreLockedError: somebody kept writing to it, or is rewriting it.
        StoreError: the store cannot be used.
    """
    for _ in range(ATTEMPTS):
        rewriting = try_to_rewrite(store, lambda: True, progress)
        if rewriting is not None:
            return rewriting
    raise StoreLockedError(
        f"{store.path} was written to during each of {ATTEMPTS} attempts to rewrite it: try again when less goes on."
    )


def try_to_rewrite(
    store: Store, goes_on: Callable[[], bool], progress: Callable[[int, int], None] | None = None
) -> Rewriting | None:
    """The same, unless something else comes first.

    Args:
        store: need not be held still.
        goes_on: asked before every page.
        progress: told (rows copied, rows in all) after every page.

    Returns:
        Sizes before and after; None where ``goes_on`` said no, or something was committed meanwhile.

    Raises:
        StoreFullError: the disk has no room for the new file; the old one is as it was.
        StoreError: the store cannot be used, or is being rewritten by another process.
    """
    draft = store.path.with_name(f"{store.path.name}.rewriting")
    with store.hold_rewriting():
        _remove(draft)  # of a process that was killed
        try:
            state = write_draft(store.database, draft, goes_on, progress)
            if state is None:
                return None
            sizes = Rewriting(store.path.stat().st_size, draft.stat().st_size)
            return sizes if store.database.swap_in(draft, state) else None
        finally:
            _remove(draft)


def write_draft(
    database: Database,
    draft: Path,
    goes_on: Callable[[], bool],
    progress: Callable[[int, int], None] | None,
) -> FileState | None:
    """Write a file with the same rows as a store's.

    Args:
        database: what to copy.
        draft: where to; must not exist.
        goes_on: asked before every page.
        progress: told (rows copied, rows in all) after every page.

    Returns:
        The state of the store's files that was copied; None where that was not finished, as above.

    Raises:
        StoreFullError: the disk has no room for it.
        StoreError: the store cannot be used.
    """
    with database.explaining():
        state, extents = _copy_schema(database, draft)
        return state if _copy_rows(database, draft, state, extents, goes_on, progress) else None


def _remove(draft: Path) -> None:
    draft.unlink(missing_ok=True)
    draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)
    shutil.rmtree(draft.with_name(f"{draft.name}.tmp"), ignore_errors=True)  # what DuckDB had no memory for


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
        for extent in extents:
            target.begin()
            for number, first_row in enumerate(range(0, extent.end_row, PAGE_ROWS), start=1):
                page = _load_page(database, state, extent, first_row) if goes_on() else None
                if page is None:
                    return False
                _insert(target, extent.table, page)
                if number % COMMIT_PAGES == 0:
                    target.commit()
                    target.begin()
                done += min(PAGE_ROWS, extent.end_row - first_row)
                if progress is not None:
                    progress(done, total)
            target.commit()
        target.execute("UPDATE pruned_traces SET is_erased = TRUE WHERE NOT is_erased")
    return True


def _insert(target: duckdb.DuckDBPyConnection, table: str, page: pa.Table) -> None:
    target.register("rewritten_page", page)
    target.execute(f"INSERT INTO {table} SELECT * FROM rewritten_page")  # noqa: S608 - a table's name
    target.unregister("rewritten_page")


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
