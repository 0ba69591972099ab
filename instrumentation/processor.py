"""The span processor that loses nothing silently: bounded, with back-pressure, flushed often, counted."""

import atexit
import logging
import os
import signal
import threading
import weakref
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from tierscope.errors import StoreError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.exporter import StoreSpanExporter
from tierscope.instrumentation.redaction.function import RedactFunction
from tierscope.instrumentation.span_queue import QueuedSpans, SpanQueue
from tierscope.instrumentation.spool import Spool
from tierscope.instrumentation.tallies import TallySheet

__all__ = ["SpanCounts", "StoreSpanProcessor"]

FLUSH_INTERVAL_S: Final = 0.2
RETRY_AFTER_S: Final = 1.0
SHUTDOWN_WAIT_S: Final = 10.0
SPAN_BYTES: Final = 500
"""What a span takes without its texts; an estimate."""
VALUE_BYTES: Final = 64
"""What a value takes beside its text; an estimate."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What became of the finished spans that a processor was given."""

    accepted: int
    """Taken into memory."""
    stored: int
    """On disk: no crash loses them."""
    dropped: int
    """Refused since there was no room, or given up since the store could not be written."""


class StoreSpanProcessor(SpanProcessor):
    """Writes spans to a store's spool every 200 ms, at exit and on SIGTERM.

    Memory is bounded. Where the disk does not keep up, the code that ends a span waits for at most ``max_block_s``;
    after one such wait in vain, spans are dropped at once, and counted, until there is room again. When an agent's
    span starts, a small pending record is written, so that running work is visible; it never waits for room.

    Args:
        store: path of the store.
        max_spans: most spans held in memory.
        max_bytes: most bytes of span content held in memory, as estimated from the lengths of texts.
        max_block_s: longest wait for room, in seconds.
        redact: your function, asked about every text before it is written; in place of the settings' own.
        capture_content: False leaves out what people, agents, models and tools said; None for what the settings say.

    Raises:
        SettingsError: the settings of the working folder cannot be read, or what they say of redaction does not fit.
    """

    def __init__(
        self,
        store: Path | str,
        *,
        max_spans: int = 20_000,
        max_bytes: int = 64 * 1024 * 1024,
        max_block_s: float = 1.0,
        redact: RedactFunction | None = None,
        capture_content: bool | None = None,
    ) -> None:
        self._exporter = StoreSpanExporter(store, redact=redact, capture_content=capture_content)
        self._spool_folder = Spool.of_store(Path(store).absolute()).folder
        self._limits = (max_spans, max_bytes, max_block_s)
        self.restart()
        atexit.register(self.shutdown)
        _restart_after_fork(self)
        _flush_on_sigterm(self)

    @property
    def counts(self) -> SpanCounts:
        """What became of the spans so far."""
        return SpanCounts(self._queue.accepted, self._stored, self._queue.refused + self._given_up)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002 - SDK's signature
        """Queue an agent's span as it starts: it is written as pending where it still runs by then."""
        attributes = span.attributes or {}
        if attributes.get(semconv.GEN_AI_OPERATION_NAME) == semconv.OPERATION_INVOKE_AGENT and _is_sampled(span):
            self._queue.offer(span, SPAN_BYTES)

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a finished span; waits for room where there is none."""
        if _is_sampled(span) and not self._queue.add(span, _estimate_bytes(span)) and self._queue.refused == 1:
            _log.warning("spans are dropped: the store does not keep up, or recording was shut down; %s", self.counts)

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Write what is queued now.

        Returns:
            Whether everything that was queued is on disk.
        """
        return self._queue.flush(timeout_millis / 1000)

    def shutdown(self) -> None:
        """Write what is queued and stop; spans that end later are dropped and counted."""
        self._queue.close()
        self._queue.flush(SHUTDOWN_WAIT_S)
        atexit.unregister(self.shutdown)

    def restart(self) -> None:
        """Begin with an empty queue and a new thread, as a forked child has to."""
        self._queue = SpanQueue(*self._limits)
        self._stored = 0
        self._given_up = 0
        self._sheet = TallySheet(self._spool_folder)
        threading.Thread(target=self._work, args=(self._queue,), name="tierscope-spans", daemon=True).start()

    def _work(self, queue: SpanQueue) -> None:
        while True:
            taken = queue.take(FLUSH_INTERVAL_S)
            if taken.spans:
                self._write(queue, taken)
                queue.release(taken)
            self._tally(is_last=taken.is_last)
            if taken.is_last:
                return

    def _write(self, queue: SpanQueue, taken: QueuedSpans) -> None:
        """Write spans; while the store refuses them, try again, since new ones wait or are dropped meanwhile."""
        spans = [span for span in taken.spans if not isinstance(span, Span)]
        finished = len(spans)
        try:
            spans += _pending_records(taken.spans)
            while not self._try_to_write(spans, finished):
                self._tally()
                if not queue.report_failure(RETRY_AFTER_S):
                    self._given_up += finished
                    return
        except Exception:  # telemetry must not end with a thread that died unseen
            _log.exception("%d spans could not be recorded", finished)
            self._given_up += finished

    def _tally(self, *, is_last: bool = False) -> None:
        counts = self.counts
        self._sheet.write(counts.accepted, counts.stored, counts.dropped, is_last=is_last)

    def _try_to_write(self, spans: list[ReadableSpan], finished: int) -> bool:
        try:
            unreadable = len(spans) - self._exporter.append(spans)
        except StoreError as error:
            _log.warning("%d spans wait to be recorded: %s", finished, error)
            return False
        self._stored += finished - unreadable
        self._given_up += unreadable
        return True


class _SigtermFlush:
    """Handler of SIGTERM that writes what is queued, and then lets the signal do what it would have done."""

    def __init__(self, processor: StoreSpanProcessor, previous: "_SigtermFlush | signal.Handlers") -> None:
        self._processor = processor
        self._previous = previous

    def __call__(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - a handler's signature
        self._processor.shutdown()
        signal.signal(number, self._previous)
        os.kill(os.getpid(), number)


def _flush_on_sigterm(processor: StoreSpanProcessor) -> None:
    """Take SIGTERM over where the host has no handler of its own: by default it ends Python without ``atexit``."""
    if threading.current_thread() is not threading.main_thread():
        return
    previous = signal.getsignal(signal.SIGTERM)
    if previous is signal.SIG_DFL or isinstance(previous, _SigtermFlush):
        signal.signal(signal.SIGTERM, _SigtermFlush(processor, previous))


def _restart_after_fork(processor: StoreSpanProcessor) -> None:
    """Give a forked child a queue and a thread of its own; what was queued is written by the parent."""
    restart = weakref.WeakMethod(processor.restart)

    def restart_if_alive() -> None:
        method = restart()
        if method is not None:
            method()

    os.register_at_fork(after_in_child=restart_if_alive)


def _is_sampled(span: ReadableSpan) -> bool:
    context = span.get_span_context()
    return context is not None and context.trace_flags.sampled


def _pending_records(queued: Iterable[ReadableSpan]) -> list[ReadableSpan]:
    """What is known of those queued at their start that still run; of one that has ended, the finished span says it."""
    return [_pending_record(span) for span in queued if isinstance(span, Span) and span.end_time is None]


def _pending_record(span: Span) -> ReadableSpan:
    """A copy of a span that still runs, without an end."""
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes={**(span.attributes or {}), semconv.TIERSCOPE_PENDING: True},
        links=span.links,
        kind=span.kind,
        start_time=span.start_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _estimate_bytes(span: ReadableSpan) -> int:
    size = SPAN_BYTES + _estimate_attributes(span.attributes)
    for event in span.events:
        size += VALUE_BYTES + _estimate_attributes(event.attributes)
    return size


def _estimate_attributes(attributes: Mapping[str, object] | None) -> int:
    if not attributes:
        return 0
    return sum([VALUE_BYTES + (len(value) if isinstance(value, str) else 0) for value in attributes.values()])
