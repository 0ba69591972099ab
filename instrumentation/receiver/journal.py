"""Writing what several requests brought as one segment, off the event loop: one wait for the disk serves them all."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tierscope.errors import StoreError
from tierscope.instrumentation.spool import Spool

__all__ = ["Journal"]

SEGMENT_BYTES: Final = 16 * 1024 * 1024
"""Requests are joined up to about this size, so that draining a segment stays cheap."""


@dataclass(frozen=True, slots=True)
class _Entry:
    content: bytes | pa.Table
    written: asyncio.Future[None]

    @property
    def size_bytes(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.nbytes


class Journal:
    """The way of requests into a spool; belongs to one event loop.

    Args:
        spool: where segments are written.
        limit_bytes: of the spool; beyond it nothing is taken until it is drained.
    """

    def __init__(self, spool: Spool, limit_bytes: int) -> None:
        self._spool = Spool(spool.folder, limit_bytes)
        self._waiting: deque[_Entry] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def write(self, content: bytes | pa.Table) -> None:
        """Make spans last.

        Args:
            content: a serialized OTLP request, or columns of ``SPAN_SCHEMA``.

        Raises:
            StoreFullError: the disk or the spool has no room; nothing of it was written.
            StoreError: the spool cannot be written.
        """
        entry = _Entry(content, asyncio.get_running_loop().create_future())
        self._waiting.append(entry)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await entry.written

    async def _write_waiting(self) -> None:
        while self._waiting:
            entries = self._take_waiting()
            try:
                await asyncio.to_thread(self._append, entries)
            except Exception as error:  # each request reports it to its sender
                _settle(entries, error)
            else:
                _settle(entries, None)
        self._writer = None

    def _take_waiting(self) -> list[_Entry]:
        entries = [self._waiting.popleft()]
        size_bytes = entries[0].size_bytes
        is_body = isinstance(entries[0].content, bytes)
        while self._waiting and size_bytes < SEGMENT_BYTES and isinstance(self._waiting[0].content, bytes) == is_body:
            entries.append(self._waiting.popleft())
            size_bytes += entries[-1].size_bytes
        return entries

    def _append(self, entries: list[_Entry]) -> None:
        bodies = [entry.content for entry in entries if isinstance(entry.content, bytes)]
        tables = [entry.content for entry in entries if isinstance(entry.content, pa.Table)]
        if bodies:
            self._spool.append_body(b"".join(bodies))
        if tables:
            self._spool.append_table(pa.concat_tables(tables))


def _settle(entries: list[_Entry], error: Exception | None) -> None:
    for entry in entries:
        if entry.written.done():  # the request was abandoned
            continue
        if error is None:
            entry.written.set_result(None)
        else:
            # One error object for several waiters would collect the tracebacks of all.
            entry.written.set_exception(type(error)(*error.args) if isinstance(error, StoreError) else error)
