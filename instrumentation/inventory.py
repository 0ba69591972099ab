"""What a store holds, and what still waits to get into it."""

from typing import TypeAlias

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store

__all__ = ["Inventory", "count_store"]

Inventory: TypeAlias = dict[str, int | str]


def count_store(store: Store) -> Inventory:
    """Count what is in a store and beside it.

    Args:
        store: one that exists.

    Returns:
        ``path``; rows per table by the table's name; ``database_bytes``; ``waiting_segments`` and ``waiting_bytes``
        of the spool; ``quarantined_segments``, which could not be decoded.

    Raises:
        StoreError: it is missing or cannot be read.
    """
    rows = store.query(load_query("count_rows"))
    return {
        "path": str(store.path),
        **dict(rows.iter_rows()),
        "database_bytes": store.path.stat().st_size,
        "waiting_segments": len(store.spool.list_segments()),
        "waiting_bytes": store.spool.measure_bytes(),
        "quarantined_segments": len(store.spool.list_quarantined()),
    }
