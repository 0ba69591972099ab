"""A bounded queue of spans between the code that ends them and the thread that writes them."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Final

from opentelemetry.sdk.trace import ReadableSpan

__all__ = ["QueuedSpans", "SpanQueue"]

PARTS: Final = 8
"""A queue that is full is written in about this many parts."""


@dataclass(frozen=True, slots=True)
class QueuedSpans:
    """Spans taken out for writing; they occupy their room until they are released."""

    spans: list[ReadableSpan]
    size_bytes: int
    is_last: bool
    """Whether the queue is closed and empty, so that nothing follows."""


class SpanQueue:
    """Holds spans up to a number and a size; whoever adds to a full queue waits for a stated time.

    The condition is reentrant, since a signal handler may flush while the same thread is in the middle of adding.

    Args:
        max_spans: most spans held, those being written included.
        max_bytes: most bytes held, likewise; a single span may be larger.
        max_block_s: longest wait for room, in seconds. After one in vain, adding fails at once until there is room.
    """

    def __init__(self, max_spans: int, max_bytes: int, max_block_s: float) -> None:
        self._max_spans = max_spans
        self._max_bytes = max_bytes
        self._max_block_s = max_block_s
        self._condition = threading.Condition()
        self._waiting: deque[tuple[ReadableSpan, int]] = deque()
        self._held_spans = 0
        self._held_bytes = 0
        self._accepted = 0
        self._refused = 0
        self._failures = 0
        self._is_saturated = False
        self._is_flush_asked = False
        self._is_closed = False

    @property
    def accepted(self) -> int:
        """Number of spans that ``add`` took."""
        return self._accepted

    @property
    def refused(self) -> int:
        """Number of spans that ``add`` did not take."""
        return self._refused

    def add(self, span: ReadableSpan, size_bytes: int) -> bool:
        """Add a span, waiting for room, and count it as accepted or refused.

        Args:
            span: what to hold.
            size_bytes: how much room it takes.

        Returns:
            Whether it was added; False where there is no room, or the queue is closed.
        """
        with self._condition:
            if not self._wait_for_room(size_bytes) or self._is_closed:
                self._refused += 1
                return False
            self._accepted += 1
            self._append(span, size_bytes)
            return True

    def offer(self, span: ReadableSpan, size_bytes: int) -> None:
        """Add a span where there is room, else forget it; neither is counted."""
        with self._condition:
            if self._has_room(size_bytes) and not self._is_closed:
                self._append(span, size_bytes)

    def take(self, wait_s: float) -> QueuedSpans:
        """Take spans out, after at most a stated time; at once when many wait, or asked to flush, or closed.

        Only a part of a full queue is taken, so that those who wait for room need not wait for all to be written.
        """
        with self._condition:
            self._condition.wait_for(self._is_worth_writing, wait_s)
            number = min(len(self._waiting), max(1, self._max_spans // PARTS))
            taken = [self._waiting.popleft() for _ in range(number)]
            self._is_flush_asked &= bool(self._waiting)
            is_last = self._is_closed and not self._waiting
            return QueuedSpans([span for span, _ in taken], sum(size for _, size in taken), is_last)

    def release(self, taken: QueuedSpans) -> None:
        """Free the room of spans that were written or given up."""
        with self._condition:
            self._held_spans -= len(taken.spans)
            self._held_bytes -= taken.size_bytes
            self._is_saturated = False
            self._condition.notify_all()

    def report_failure(self, retry_after_s: float) -> bool:
        """Tell those who wait for a flush that writing failed, and pause.

        Returns:
            Whether to try again: False once the queue is closed.
        """
        with self._condition:
            self._failures += 1
            self._condition.notify_all()
            return not self._condition.wait_for(lambda: self._is_closed, retry_after_s)

    def flush(self, wait_s: float) -> bool:
        """Wait until everything added so far is written.

        Returns:
            Whether it is: False when writing failed or the time is over.
        """
        with self._condition:
            failures = self._failures
            self._is_flush_asked = True
            self._condition.notify_all()
            self._condition.wait_for(lambda: self._held_spans == 0 or self._failures > failures, wait_s)
            return self._held_spans == 0

    def close(self) -> None:
        """Refuse further spans; what is held can still be taken."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    def _append(self, span: ReadableSpan, size_bytes: int) -> None:
        self._waiting.append((span, size_bytes))
        self._held_spans += 1
        self._held_bytes += size_bytes
        if self._is_worth_writing():
            self._condition.notify_all()

    def _wait_for_room(self, size_bytes: int) -> bool:
        if self._has_room(size_bytes):
            return True
        if self._is_saturated or self._is_closed:
            return False
        found = self._condition.wait_for(lambda: self._is_closed or self._has_room(size_bytes), self._max_block_s)
        self._is_saturated = not found
        return found

    def _has_room(self, size_bytes: int) -> bool:
        if self._held_spans == 0:
            return True
        return self._held_spans < self._max_spans and self._held_bytes + size_bytes <= self._max_bytes

    def _is_worth_writing(self) -> bool:
        return (
            self._is_closed
            or self._is_flush_asked
            or PARTS * len(self._waiting) >= self._max_spans
            or PARTS * self._held_bytes >= self._max_bytes
        )
