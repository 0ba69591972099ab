"""Copying a store, and merging one into another."""

from collections.abc import Callable
from pathlib import Path

from tierscope.instrumentation.columns import SPAN_SCHEMA
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep.drafting import drafting
from tierscope.instrumentation.upkeep.pages import count_spans, read_span_pages
from tierscope.instrumentation.upkeep.rewriting import write_draft

__all__ = ["copy_store", "merge_store"]


def copy_store(store: Store, target: Path, progress: Callable[[int, int], None] | None = None) -> int:
    """Copy a store as it is at one moment, while others record into it and read it.

    Args:
        store: brought up to date first; until it is copied, what is recorded waits in the spool.
        target: path of the copy; must not exist.
        progress: told (rows copied, rows in all).

    Returns:
        Number of spans in the copy.

    Raises:
        InputError: the target exists or cannot be written.
        StoreError: the store cannot be read.
    """
    with drafting(target) as draft, store.hold_still(), store.hold_rewriting():
        while write_draft(store.database, draft, lambda: True, progress) is None:  # somebody wrote past the spool
            draft.unlink()
        return count_spans(store, None)


def merge_store(store: Store, target: Store, progress: Callable[[int, int], None] | None = None) -> int:
    """Add the spans of a store to another; what both have is there once, and runs are derived anew.

    Spans of traces that were pruned from the target stay away. What is not made of spans, such as access tokens, is not
    merged.

    Args:
        store: brought up to date by the caller; unchanged.
        target: made where it does not exist.
        progress: told (spans read, spans in all).

    Returns:
        How many spans the target did not have before.

    Raises:
        StoreError: one of them cannot be used. Merging again goes on from there.
    """
    target.refresh()
    before = count_spans(target, None) if target.exists else 0
    total = count_spans(store, None)
    done = 0
    for page in read_span_pages(store, None):
        target.spool.append_table(page.select(SPAN_SCHEMA.names))
        target.drain()
        done += page.num_rows
        if progress is not None:
            progress(done, total)
    target.refresh()
    return (count_spans(target, None) if target.exists else 0) - before
