"""The DuckDB file of a store: short sessions behind the turnstile."""

import os
import re
import stat
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

import duckdb

from tierscope.errors import StoreError, StoreFullError, StoreLockedError, StoreMissingError
from tierscope.instrumentation.schema import apply_migrations, is_current, load_query
from tierscope.instrumentation.spool import sync_folder
from tierscope.instrumentation.turnstile import Turnstile

__all__ = ["Database", "FileState", "load_query"]

_READING: Final[dict[str, str | bool | int | float | list[str]]] = {"storage_compatibility_version": "v1.5.0"}
"""The version is named so that every supported DuckDB can open what a newer one wrote."""
_WRITING: Final[dict[str, str | bool | int | float | list[str]]] = {
    **_READING,
    # Two threads insert a batch no sooner than one, and burn three times its processor time in waiting for each other.
    "threads": 1,
    # Every session ends with a checkpoint, so what a transaction brings need not stand in a log file first.
    "checkpoint_threshold": "0B",
}

FileState: TypeAlias = tuple[tuple[int, int, int], ...]
"""Identity, size and time of change of a database's files: another one after every commit."""

_PRIVATE: Final = 0o600
"""Mode of a new store: what agents said is for its owner, who may allow others more."""
_PAUSE_S: Final = 0.05
_HOLDER: Final = re.compile(r"Conflicting lock is held in (\S+ \(PID \d+\))")
_NO_ROOM: Final = re.compile("No space left on device|File too large|Disk quota exceeded")


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

    def check_exists(self) -> None:
        """Do nothing where there is a file.

        Raises:
            StoreMissingError: there is none.
        """
        if not self.path.exists():
            raise StoreMissingError(
                f"there is no span store at {self.path}: record or import something into it, such as with"
                "  tierscope demo  or  tierscope import FILE, or name another with --store."
            )

    @contextmanager
    def read(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A read-only session; keep it short and compute outside.

        Raises:
            StoreMissingError: there is no database file.
            StoreError: it is not a store, or one of a newer version, or others held it too long.
        """
        self.check_exists()
        self.migrate()
        with self._turnstile.shared(self._wait_s), self._connect(read_only=True) as connection:
            yield connection

    @contextmanager
    def write(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A session of one transaction, committed at the end of the block and undone by an exception.

        Raises:
            StoreFullError: the disk has no room; the transaction was undone.
            StoreError: the file is not a store, or one of a newer version, or others held it too long.
        """
        with self.explaining():
            self.migrate()
            with self._turnstile.exclusive(self._wait_s), self._connect(read_only=False) as connection:
                connection.begin()
                yield connection  # closing without a commit undoes the transaction
                connection.commit()
                sync_folder(self.path.parent)  # the commit may stand in a log file that was just made

    @contextmanager
    def explaining(self) -> Generator[None]:
        """Say in a sentence that a disk is full, where DuckDB says so inside the block.

        Raises:
            StoreFullError: the disk has no room.
        """
        try:
            yield
        except duckdb.Error as error:
            if _NO_ROOM.search(str(error)) is None:
                raise
            raise StoreFullError(
                f"no room on the disk for {self.path}: free some space and try again; nothing recorded is lost."
            ) from error

    def state(self) -> FileState:
        """The files as they are; inside a session nobody changes them."""
        found = (path.stat() for path in (self.path, self._log_path) if path.exists())
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)

    @contextmanager
    def open_draft(self, draft: Path) -> Generator[duckdb.DuckDBPyConnection]:
        """Open a file that may take the place of this one; nobody else knows of it.

        Args:
            draft: beside the store.
        """
        with self._open(draft, read_only=False) as connection:
            draft.chmod(_PRIVATE)
            yield connection

    def swap_in(self, draft: Path, state: FileState) -> bool:
        """Put another file in the place of this one, unless something was committed since a moment.

        Args:
            draft: closed, and on the same file system.
            state: of this file at that moment.

        Returns:
            Whether it was done.

        Raises:
            StoreFullError: the disk has no room.
            StoreLockedError: others held the store too long.
        """
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        with self.explaining(), self._turnstile.exclusive(self._wait_s):
            if self.state() != state:
                return False
            with self._connect(read_only=False) as connection:  # fails where somebody opened it past the turnstile
                connection.execute("CHECKPOINT")
            self._log_path.unlink(missing_ok=True)  # the log of the old file must not be read into the new one
            draft.chmod(stat.S_IMODE(self.path.stat().st_mode))
            draft.rename(self.path)
            sync_folder(self.path.parent)
            return True

    @property
    def _log_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.wal")

    def migrate(self) -> None:
        """Make the file where there is none, and bring an older schema up to date.

        Raises:
            StoreNewerError: a newer tierscope wrote it.
            StoreError: the file is a DuckDB database, but not a store, or no database at all.
        """
        if self._is_current and self.path.exists():
            return
        if self.path.exists():
            with self._turnstile.shared(self._wait_s), self._connect(read_only=True) as connection:
                self._is_current = is_current(connection, self.path)
        if not self._is_current or not self.path.exists():
            with self._turnstile.exclusive(self._wait_s):
                self._create_or_upgrade()
            self._is_current = True

    def _create_or_upgrade(self) -> None:
        if self.path.exists():
            with self._connect(read_only=False) as connection:
                apply_migrations(connection, self.path)
            return
        # Made under another name first: a crash in the middle must not leave half a database.
        draft = self.path.with_name(f"{self.path.name}.new")
        draft.unlink(missing_ok=True)
        draft.with_name(f"{draft.name}.wal").unlink(missing_ok=True)
        with self._open(draft, read_only=False) as connection:
            draft.chmod(_PRIVATE)
            apply_migrations(connection, self.path)
        draft.rename(self.path)
        sync_folder(self.path.parent)

    @contextmanager
    def _connect(self, *, read_only: bool) -> Generator[duckdb.DuckDBPyConnection]:
        deadline = time.monotonic() + self._wait_s
        while True:
            try:
                connection = self._open(self.path, read_only=read_only)
                break
            except duckdb.Error as error:
                holder = _HOLDER.search(str(error))
                if _NO_ROOM.search(str(error)):
                    raise
                if holder is None:
                    raise StoreError(self._explain(error)) from error
                # Someone opened the file past the turnstile, such as the duckdb shell.
                if time.monotonic() >= deadline:
                    raise StoreLockedError(
                        f"{self.path} was held for {self._wait_s:g} s by {holder[1]}: close it there, and try again."
                    ) from error
            time.sleep(_PAUSE_S)
        try:
            yield connection
        finally:
            connection.close()

    def _open(self, path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(path), read_only=read_only, config=_READING if read_only else _WRITING)

    def _explain(self, error: duckdb.Error) -> str:
        reason = str(error).splitlines()[0]
        if "not a valid DuckDB database" in reason:
            return f"{self.path} is not a DuckDB database: name another file with --store."
        return f"{self.path} cannot be opened as a span store ({reason}): name another file with --store."
