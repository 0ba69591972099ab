"""Making a store's file small again: on request, or by itself where nothing arrives and it is worth it."""

import time
from collections.abc import Callable
from typing import Final

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.rewriting import Rewriting, rewrite, try_to_rewrite

__all__ = ["Tidier", "compact", "compact_if_idle"]

ROW_GROUP_ROWS: Final = 122_880
"""What DuckDB puts into one row group where it can."""
FRAGMENTED_FACTOR: Final = 3
"""A table of this many times the row groups it needs takes half as much room again as it needs."""
SPARE_ROW_GROUPS: Final = 24
"""So many more are worth nothing: a small store is small either way."""
SPARE_BYTES: Final = 16 * 1024 * 1024

TIDY_AFTER_S: Final = 60.0
"""A store of which nothing came for so long may be compacted."""


class Tidier:
    """Compacts a store that has been quiet for a while, where it is worth it; once after each time something came.

    Args:
        store: which.
        goes_on: asked before every page.
        after_s: how long nothing must have come.
    """

    def __init__(self, store: Store, goes_on: Callable[[], bool], after_s: float = TIDY_AFTER_S) -> None:
        self._store = store
        self._goes_on = goes_on
        self._after_s = after_s
        self._quiet_since_s = time.monotonic()
        self._is_tidy = False

    def step(self, *, is_busy: bool) -> bool:
        """Look whether it is time, and compact if it is.

        Args:
            is_busy: whether anything came since the step before.

        Returns:
            Whether the file was rewritten.

        Raises:
            StoreError: the store cannot be used.
        """
        if is_busy:
            self._quiet_since_s = time.monotonic()
            self._is_tidy = False
        if self._is_tidy or time.monotonic() - self._quiet_since_s < self._after_s:
            return False
        self._is_tidy = True
        return compact_if_idle(self._store, self._goes_on)


def compact(store: Store, progress: Callable[[int, int], None] | None = None) -> Rewriting:
    """Rewrite the file, whether it is worth it or not.

    Args:
        store: brought up to date first; until it is done, what is recorded waits in the spool.
        progress: told (rows copied, rows in all).

    Raises:
        StoreMissingError: there is no store.
        StoreFullError: no room for the new file beside the old one.
        StoreError: the store cannot be used.
    """
    with store.hold_still():
        return rewrite(store, progress)


def compact_if_idle(store: Store, goes_on: Callable[[], bool] = lambda: True) -> bool:
    """Rewrite the file if that pays, and stop as soon as spans arrive; for those who call it now and again.

    Nobody is kept from anything: a store that changes meanwhile is left as it was.

    Args:
        store: of which nothing waits.
        goes_on: asked now and then, too.

    Returns:
        Whether it was rewritten.

    Raises:
        StoreError: the store cannot be used.
    """
    if not store.path.exists() or not _is_worth_it(store):
        return False
    return try_to_rewrite(store, lambda: goes_on() and not store.spool.list_segments()) is not None


def _is_worth_it(store: Store) -> bool:
    """Whether much of the file is free or fragmented, or something pruned is still to be erased from it."""
    facts = store.query(load_query("measure_fragmentation")).row(0, named=True)
    if facts["unerased_traces"]:
        return True
    needed = facts["spans"] / ROW_GROUP_ROWS
    is_fragmented = bool(facts["row_groups"] > FRAGMENTED_FACTOR * needed + SPARE_ROW_GROUPS)
    return is_fragmented or bool(facts["free_bytes"] > facts["file_bytes"] / 4 + SPARE_BYTES)
