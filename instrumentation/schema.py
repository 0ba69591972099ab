"""The schema of a store, by numbered migrations: ``migrations/NNNN_name.sql``, applied in order and recorded."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from tierscope.errors import StoreError, StoreNewerError

__all__ = ["Migration", "apply_migrations", "is_current", "load_migrations", "load_query"]

_FOLDER: Final = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema."""

    number: int
    name: str
    sql: str


def load_query(name: str) -> str:
    """Read ``queries/<name>.sql``."""
    return (_FOLDER / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def load_migrations() -> list[Migration]:
    """Read the steps that this version knows, in order."""
    return [
        Migration(int(path.stem.partition("_")[0]), path.stem, path.read_text(encoding="utf-8"))
        for path in sorted((_FOLDER / "migrations").glob("[0-9]*.sql"))
    ]


def is_current(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether nothing is left to apply.

    Args:
        connection: any session on the store.
        path: of the store, for messages.

    Raises:
        StoreNewerError: a newer tierscope wrote the store.
        StoreError: it is a database of something else.
    """
    return _schema_number(connection, path) == load_migrations()[-1].number


def apply_migrations(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring a store up to date, or an empty database to life, in one transaction.

    Args:
        connection: a session that may write.
        path: of the store, for messages.

    Raises:
        StoreNewerError: a newer tierscope wrote the store.
        StoreError: it is a database of something else.
    """
    number = _schema_number(connection, path)
    connection.begin()
    connection.execute(load_query("create_schema_migrations"))
    for step in load_migrations():
        if step.number > number:
            connection.execute(step.sql)
            values = [step.number, step.name, time.time_ns()]
            connection.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)", values)
    connection.commit()


def _schema_number(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Number of the newest migration applied; 0 for an empty database."""
    tables = {row[0] for row in connection.execute(load_query("list_tables")).fetchall()}
    if not tables:
        return 0
    if "schema_migrations" not in tables:
        raise StoreError(
            f"{path} is a DuckDB database, but not a span store (it has no table schema_migrations): "
            "name another file with --store."
        )
    row = connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations").fetchone()
    number = int(row[0]) if row else 0
    newest = load_migrations()[-1].number
    if number > newest:
        raise StoreNewerError(
            f"{path} was written by a newer tierscope (schema {number}, this one knows {newest}): "
            "upgrade with  pip install --upgrade tierscope, or name another store with --store."
        )
    return number
