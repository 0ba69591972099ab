"""What a store holds, and what still waits to get into it."""

from datetime import UTC, datetime
from typing import TypeAlias

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.tallies import load_tallies

__all__ = ["Inventory", "count_store"]

Inventory: TypeAlias = dict[str, int | float | str | None]


def count_store(store: Store) -> Inventory:
    """Count what is in a store and beside it.

    Args:
        store: one that exists.

    Returns:
        ``path``; ``schema``, the number of the newest migration; rows per table by the table's name; ``pruned_traces``,
        whose spans stay away; ``database_bytes``, of which ``free_bytes`` hold nothing, and ``bytes_per_span``;
        ``waiting_segments`` and ``waiting_bytes`` of the spool; ``quarantined_segments``, which could not be decoded;
        ``accepted_spans``, ``stored_spans`` and ``dropped_spans``, as processes that recorded directly and receivers
        counted them in the last week, ``left_out_spans`` and ``refused_requests`` of receivers likewise;
        ``first_span_at``, ``last_span_at`` and ``last_arrival_at``, ISO 8601. None where it is unknown.

    Raises:
        StoreError: it is missing or cannot be read.
    """
    rows = {row["name"]: row["n"] for row in store.list_rows(load_query("count_rows"))}
    [facts] = store.list_rows(load_query("list_store_facts"))
    tallies = load_tallies(store.spool.folder)
    database_bytes = store.path.stat().st_size
    return {
        "path": str(store.path),
        "schema": facts["schema"],
        **rows,
        "pruned_traces": facts["pruned_traces"],
        "database_bytes": database_bytes,
        "free_bytes": facts["free_bytes"],
        "bytes_per_span": round(database_bytes / rows["spans"]) if rows["spans"] else None,
        "waiting_segments": len(store.spool.list_segments()),
        "waiting_bytes": store.spool.measure_bytes(),
        "quarantined_segments": len(store.spool.list_quarantined()),
        "accepted_spans": sum(tally.accepted for tally in tallies) if tallies else None,
        "stored_spans": sum(tally.stored for tally in tallies) if tallies else None,
        "dropped_spans": sum(tally.dropped for tally in tallies) if tallies else None,
        "left_out_spans": sum(tally.left_out for tally in tallies) if tallies else None,
        "refused_requests": sum(tally.refused for tally in tallies) if tallies else None,
        "first_span_at": _iso(facts["first_span_ns"]),
        "last_span_at": _iso(facts["last_span_ns"]),
        "last_arrival_at": _iso(facts["last_arrival_ns"]),
    }


def _iso(at_ns: int | None) -> str | None:
    if at_ns is None:
        return None
    try:
        return datetime.fromtimestamp(at_ns / 1e9, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError):  # a clock that was far off
        return None
