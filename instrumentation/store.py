"""The span store: one path, shared by everyone who records, reads and measures.

What draining, deriving and frames need is imported where it is used: listing what a store has takes none of it.
"""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tierscope.errors import StoreLockedError
from tierscope.instrumentation.arrow_results import fetch_rows, fetch_table
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.settings import Settings, load_settings
from tierscope.instrumentation.spool import Spool
from tierscope.instrumentation.turnstile import FileLock, Turnstile

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    import duckdb
    import polars as pl

    from tierscope.instrumentation.redaction.redactor import Redactor
    from tierscope.instrumentation.spans import Span

__all__ = ["Store"]


class Store:
    """A DuckDB file and, beside it, the spool through which spans enter.

    Any number of processes and threads may use one store at once. Nothing is opened until it is needed.

    Args:
        path: the DuckDB file; the spool is the folder ``<path>.spool``.
        settings: how long to wait for others, how tiers are found, what model calls cost; by default those that hold
            in the working folder, read when they are first needed, which is not for recording.
    """

    def __init__(self, path: Path | str, *, settings: Settings | None = None) -> None:
        self.path = Path(path).absolute()
        self.spool = Spool.of_store(self.path)
        self._locks = self.spool.folder / "locks"
        self._refresh_lock = FileLock(self._locks / "refresh", f"bringing the store {self.path} up to date")
        self._rewrite_lock = FileLock(self._locks / "rewrite", f"rewriting the store {self.path}")
        self._given_settings = settings
        self._derive_at_ns: int | None = 0
        """Unix time from which deriving pays; None while nothing is known to be underived."""

    @property
    def exists(self) -> bool:
        """Whether anything was ever recorded at the path."""
        return self.path.exists() or bool(self.spool.list_segments())

    @cached_property
    def database(self) -> Database:
        """The file itself, for those who look after it; everyone else reads through ``read`` and ``query``."""
        return Database(self.path, Turnstile(self._locks, f"the store {self.path}"), self._wait_s)

    def append(self, spans: Sequence[Span]) -> int:
        """Record spans, redacted as the settings say; when this returns, no crash loses them.

        It never waits for the database.

        Args:
            spans: any number; they become visible to readers at the next ``refresh``.

        Returns:
            Number of spans acknowledged.

        Raises:
            StoreFullError: no room; none of the spans was acknowledged.
            StoreError: the spool cannot be written.
            SettingsError: what the settings say of redaction does not fit.
        """
        from tierscope.instrumentation.columns import table_from_spans

        if spans:
            self.spool.append_table(table_from_spans(self._redactor.redact(spans) if self._redactor else spans))
        return len(spans)

    def refresh(self, progress: Callable[[int], None] | None = None) -> int:
        """Bring the store up to date: store what waits in the spool, and derive the runs that it touches.

        One process at a time does this; others wait for it, since what they asked for may be among it.

        Args:
            progress: told the number of spans after each step of deriving.

        Returns:
            Number of spans stored.

        Raises:
            StoreError: the store cannot be used; what waits stays in the spool.
        """
        with self._refresh_lock.hold(wait_s=self._wait_s):
            return self._refresh(progress)

    @contextmanager
    def hold_still(self) -> Generator[None]:
        """Bring the store up to date, and let nobody else do so inside the block; recording and reading go on.

        Raises:
            StoreMissingError: nothing was ever recorded at the path.
            StoreError: the store cannot be used, or another process was bringing it up to date past the deadline.
        """
        if not self.exists:
            self.database.check_exists()
        with self._refresh_lock.hold(wait_s=self._wait_s):
            self._refresh(None)
            yield

    @contextmanager
    def hold_rewriting(self) -> Generator[None]:
        """Let nobody else rewrite the database file inside the block.

        Raises:
            StoreLockedError: another process was rewriting it past the deadline.
        """
        with self._rewrite_lock.hold(wait_s=self._wait_s):
            yield

    def refresh_unless_rewritten(self) -> bool:
        """Bring the store up to date, unless it is held still to be rewritten: that takes long and changes nothing.

        Returns:
            Whether it is up to date.

        Raises:
            StoreError: the store cannot be used; what waits stays in the spool.
        """
        if self._rewrite_lock.is_held() and self._refresh_lock.is_held():
            return False
        self.refresh()
        return True

    def wait_for_refresh(self) -> None:
        """Wait until nobody is bringing the store up to date.

        Raises:
            StoreLockedError: another process was at it past the deadline; names it.
        """
        with self._refresh_lock.hold(wait_s=self._wait_s):
            return

    def drain(self) -> int:
        """Store what waits in the spool, without deriving runs from it.

        Returns:
            Number of spans stored.

        Raises:
            StoreError: the store cannot be used; what waits stays in the spool.
        """
        with self._refresh_lock.hold(wait_s=self._wait_s):
            return self._drain()

    def refresh_if_due(self) -> bool:
        """Bring the store up to date if that pays and nobody else is at it; for those who call it again and again.

        Segments are stored once the oldest is a second old or many wait. A run is derived when it is new or has
        doubled, and else after a pause in its proportion, so that a large one that arrives in pieces is not derived
        again at every piece.

        Returns:
            Whether anything was done.

        Raises:
            StoreError: the store cannot be used; what waits stays in the spool.
        """
        is_drain_due = self.spool.is_due()
        if not is_drain_due and not self._is_derive_due():
            return False
        with ExitStack() as stack:
            try:
                stack.enter_context(self._refresh_lock.hold(wait_s=0))
            except StoreLockedError:
                return False
            stored = self._drain() if is_drain_due else 0
            derived = self._derive(None, only_due=True) if self._is_derive_due() else 0
            return stored + derived > 0

    @contextmanager
    def read(self) -> Generator[duckdb.DuckDBPyConnection]:
        """A read-only session on what ``refresh`` has stored; fetch what you need and compute outside of it.

        Yields:
            A connection that is closed at the end of the block.

        Raises:
            StoreMissingError: nothing was ever recorded at the path.
            StoreLockedError: another process held the store past the deadline.
            StoreError: it cannot be used for another reason, which is named.
        """
        if not self.path.exists() and self.spool.list_segments():
            self.database.migrate()
        with self.database.read() as connection:
            yield connection

    def query(self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None) -> pl.DataFrame:
        """Run one query in a session of its own.

        Args:
            sql: one SELECT; values stand in it as ``?`` or ``$name``, a list of texts as ``$name::VARCHAR[]``.
            parameters: the values.

        Returns:
            The rows, as a frame.

        Raises:
            StoreError: as for ``read``.
        """
        import polars as pl

        with self.read() as connection:
            return pl.DataFrame(fetch_table(connection, sql, parameters))

    def list_rows(
        self, sql: str, parameters: Sequence[object] | Mapping[str, object] | None = None
    ) -> list[dict[str, Any]]:
        """Run one query for few rows; as ``query``, but loads no frame library.

        Args:
            sql: one SELECT; values stand in it as ``?`` or ``$name``, a list of texts as ``$name::VARCHAR[]``.
            parameters: the values.

        Returns:
            One dictionary per row: column -> value.

        Raises:
            StoreError: as for ``read``.
        """
        with self.read() as connection:
            return fetch_rows(connection, sql, parameters)

    def load_spans(self, trace_ids: Sequence[str]) -> list[Span]:
        """Read the spans of some traces.

        Args:
            trace_ids: 32 hex digits each.

        Returns:
            The spans, by start; spans that still wait in the spool are not among them.

        Raises:
            StoreError: as for ``read``.
        """
        from tierscope.instrumentation.columns import spans_from_table

        with self.read() as connection:
            parameters = {"trace_ids": list(trace_ids), "first_ns": None, "last_ns": None}
            rows = fetch_table(connection, load_query("list_spans"), parameters)
        return list(spans_from_table(rows))

    @cached_property
    def settings(self) -> Settings:
        """The settings that this store obeys."""
        return self._given_settings or load_settings().settings

    @cached_property
    def _redactor(self) -> Redactor | None:
        from tierscope.instrumentation.redaction.redactor import make_redactor

        return make_redactor(self.settings)

    @property
    def _wait_s(self) -> float:
        return self.settings.lock_timeout_ms / 1000

    def _refresh(self, progress: Callable[[int], None] | None) -> int:
        stored = self._drain()
        self._derive(progress)
        return stored

    def _drain(self) -> int:
        if not self.spool.list_segments():
            return 0
        from tierscope.instrumentation.drain import drain_spool

        stored = drain_spool(self.spool, self.database)
        if stored:
            self._derive_at_ns = 0
        return stored

    def _is_derive_due(self) -> bool:
        return self._derive_at_ns is not None and time.time_ns() >= self._derive_at_ns

    def _derive(self, progress: Callable[[int], None] | None, *, only_due: bool = False) -> int:
        if not self._has_work():
            self._derive_at_ns = None
            return 0
        from tierscope.instrumentation.derivation import Rules
        from tierscope.instrumentation.derive import Deriver
        from tierscope.instrumentation.prices import load_prices
        from tierscope.instrumentation.tiers import infer_runs

        settings = self.settings
        rules = Rules(
            partial(infer_runs, settings=settings.tiers),
            load_prices(settings.prices),
            silent_since_ns=time.time_ns() - settings.run_abandoned_after_s * 10**9,
        )
        outcome = Deriver(self.database, rules).run(progress, only_due=only_due)
        self._derive_at_ns = outcome.due_at_ns
        return outcome.runs

    def _has_work(self) -> bool:
        """Whether there may be anything to derive."""
        if not self.path.exists():
            return False
        return any(row["has_underived"] for row in self.list_rows(load_query("has_underived_runs")))
