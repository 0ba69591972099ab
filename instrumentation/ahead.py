"""Working one item ahead: DuckDB and Python take turns less, since DuckDB needs no interpreter."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

__all__ = ["one_ahead"]

T = TypeVar("T")

_END: Final = object()


def one_ahead(items: Generator[T]) -> Generator[T]:
    """The same items, each made in a thread while the one before is being used.

    Args:
        items: closed at the end, also where that comes early.
    """
    with ThreadPoolExecutor(1, "tierscope-ahead") as thread:
        try:
            coming = thread.submit(next, items, _END)
            while (item := coming.result()) is not _END:
                coming = thread.submit(next, items, _END)
                yield item  # type: ignore[misc]  # next() gives what items yields, or the end
        finally:
            thread.submit(items.close).result()
