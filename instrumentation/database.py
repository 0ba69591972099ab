"""The DuckDB file of a store: short sessions behind the turnstile, and its schema by numbered migrations."""

import logging
import re
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from tierscope.errors import StoreError, StoreLockedError, StoreMissingError, StoreNewerError
from tierscope.instrumentation.turnstile import Turnstile

__all__ = ["Database", "Migration", "load_migrations", "load_query"]

STORAGE_VERSION: Final = "v1.5.0"
"""Named so that every supported DuckDB can open what a newer one wrote."""

_FOLDER: Final = Path(__file__).resolve().parent
_PAUSE_S: Final = 0.05
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered step of the schema."""

    number: int
    name: str
    sql: str


def load_query(name: str) -> str:
    """Read ``queries/<name>.sql``."""
    return (_FOLDER / "queries" / f"{name}.sql").read_text(encoding="utf-8")


def load_migrations() -> list[Migration]:
    """Read the steps that this version knows, in order."""
    paths = sorted((_FOLDER / "migrations").glob("[0-9]*.sql"))
    return [Migration(int(path.stem.partition("_")[0]), path.stem, path.read_text(encoding="utf-8")) for path in paths]


class Database:
    """The database file of one store.

    Args:
        path: the DuckDB file.
        turnstile: what every process that opens it passes through.
        wait_s: how long a session waits for others, in seconds.
    """

    def __init__(self, path: Path, turnstile: Turnstile, wait_s: float) -> None:
        self.path = path
        self._turnstile = turnstile
        self._wait_s = wait_s
        self._is_current = False

    @contextmanager
    def read(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A read-only session; keep it short and compute outside.

        Raises:
            StoreMissingError: there is no database file.
            StoreError: it is not a store, or one of a newer version, or others held it too long.
        """
        if not self.path.exists():
            raise StoreMissingError(
                f"there is no span store at {self.path}: record or import something into it, such as with"
                "  tierscope demo  or  tierscope import FILE, or name another with --store."
            )
        self.migrate()
        with self._turnstile.shared(self._wait_s), self._connect(read_only=True) as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A session of one transaction, committed at the end of the block and undone by an exception.

        Raises:
            StoreError: the file is not a store, or one of a newer version, or others held it too long.
        """
        self.migrate()
        with self._turnstile.exclusive(self._wait_s), self._connect(read_only=False) as connection:
            connection.begin()
            yield connection  # closing without a commit undoes the transaction
            connection.commit()

    def migrate(self) -> None:
        """Make the file where there is none, and bring an older schema up to date.

        Raises:
            StoreNewerError: a newer tierscope wrote it.
            StoreError: the file is a DuckDB database, but not a store, or no database at all.
        """
        if self._is_current and self.path.exists():
            return
        known = load_migrations()
        if self.path.exists():
            with self._turnstile.shared(self._wait_s), self._connect(read_only=True) as connection:
                number = self._schema_number(connection)
            self._check_not_newer(number, known)
            if number == known[-1].number:
                self._is_current = True
                return
        with self._turnstile.exclusive(self._wait_s), self._connect(read_only=False) as connection:
            self._apply(connection, known)
        self._is_current = True

    def _apply(self, connection: duckdb.DuckDBPyConnection, known: list[Migration]) -> None:
        number = self._schema_number(connection)
        self._check_not_newer(number, known)
        connection.begin()
        connection.execute(load_query("create_schema_migrations"))
        for step in known:
            if step.number > number:
                connection.execute(step.sql)
                connection.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?)", [step.number, step.name, time.time_ns()]
                )
        connection.commit()

    def _check_not_newer(self, number: int, known: list[Migration]) -> None:
        newest = known[-1].number
        if number > newest:
            raise StoreNewerError(
                f"{self.path} was written by a newer tierscope (schema {number}, this one knows {newest}): "
                "upgrade with  pip install --upgrade tierscope, or name another store with --store."
            )

    def _schema_number(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Number of the newest migration applied; 0 for an empty database."""
        tables = {row[0] for row in connection.execute(load_query("list_tables")).fetchall()}
        if not tables:
            return 0
        if "schema_migrations" not in tables:
            raise StoreError(
                f"{self.path} is a DuckDB database, but not a span store (no table schema_migrations): "
                "name another file with --store."
            )
        row = connection.execute("SELECT coalesce(max(number), 0) FROM schema_migrations").fetchone()
        return int(row[0]) if row else 0

    @contextmanager
    def _connect(self, *, read_only: bool) -> Generator[duckdb.DuckDBPyConnection]:
        connection = self._open(read_only=read_only)
        try:
            yield connection
        finally:
            connection.close()

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        config: dict[str, str | bool | int | float | list[str]] = {"storage_compatibility_version": STORAGE_VERSION}
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                return duckdb.connect(str(self.path), read_only=read_only, config=config)
            except duckdb.Error as error:
                holder = re.search(r"Conflicting lock is held in (\S+ \(PID \d+\))", str(error))
                if holder is None:
                    raise StoreError(self._explain(error)) from error
                # Someone opened the file past the turnstile, such as the duckdb shell.
                if time.monotonic() >= deadline:
                    raise StoreLockedError(
                        f"{self.path} was held for {self._wait_s:g} s by {holder[1]}: close it there, and try again."
                    ) from error
            time.sleep(_PAUSE_S)

    def _explain(self, error: duckdb.Error) -> str:
        text = str(error).splitlines()[0]
        if "not a valid DuckDB database" in text:
            return f"{self.path} is not a DuckDB database: name another file with --store."
        return f"{self.path} cannot be opened as a span store ({text}): name another file with --store."
