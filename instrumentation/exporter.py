"""Spans of the OpenTelemetry SDK into the store's spool."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tierscope.errors import StoreError
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.redaction.function import RedactFunction
from tierscope.instrumentation.redaction.redactor import make_redactor
from tierscope.instrumentation.settings import Settings, load_settings
from tierscope.instrumentation.spans import Attributes, Span, SpanEvent, SpanLink, StatusCode
from tierscope.instrumentation.spool import Spool

__all__ = ["StoreSpanExporter", "span_from_sdk"]

_log = logging.getLogger(__name__)


class StoreSpanExporter(SpanExporter):
    """Writes each batch as one segment of a store's spool, on disk when ``export`` returns.

    For a span processor of your own; ``StoreSpanProcessor`` loses nothing behind a slow disk, the SDK's own
    processors may.

    Args:
        store: path of the store.
        redact: your function, asked about every text before it is written; in place of the settings' own.
        capture_content: False leaves out what people, agents, models and tools said; None for what the settings say.
        settings: by default those that hold in the working folder.

    Raises:
        SettingsError: the settings cannot be read, or what they say of redaction does not fit.
    """

    def __init__(
        self,
        store: Path | str,
        *,
        redact: RedactFunction | None = None,
        capture_content: bool | None = None,
        settings: Settings | None = None,
    ) -> None:
        # Not a Store: the process of an agent need not load a database, and could not be forked with one.
        settings = settings or load_settings().settings
        self._spool = Spool.of_store(Path(store).absolute(), settings.max_spool_bytes)
        self._redactor = make_redactor(settings, function=redact, capture_content=capture_content)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write spans; an error is logged, never raised.

        Returns:
            SUCCESS once the spans are on disk, else FAILURE.
        """
        try:
            self.append(spans)
        except StoreError as error:
            _log.error("%d spans were not recorded: %s", len(spans), error)
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def append(self, spans: Sequence[ReadableSpan]) -> int:
        """Write spans, leaving out those that cannot be encoded.

        Returns:
            Number of spans that are on disk now.

        Raises:
            StoreError: the spool cannot be written; none of the spans was acknowledged.
        """
        encoded = list(_encode(spans))
        if self._redactor is not None:
            encoded = self._redactor.redact(encoded)
        if encoded:
            self._spool.append_table(table_from_spans(encoded))
        return len(encoded)


def span_from_sdk(span: ReadableSpan) -> Span:
    """Turn a span of the SDK into one of ours.

    Args:
        span: ended or not; one that has not ended has no end.

    Returns:
        The span; attribute values are those that the SDK holds, not copied.
    """
    context = span.get_span_context()
    if context is None:
        raise ValueError(f"span {span.name!r} has no context")
    scope = span.instrumentation_scope
    return Span(
        trace_id=f"{context.trace_id:032x}",
        span_id=f"{context.span_id:016x}",
        parent_span_id=None if span.parent is None else f"{span.parent.span_id:016x}",
        name=str(span.name),
        kind=span.kind.name.lower(),
        start_ns=span.start_time or 0,
        end_ns=span.end_time,
        status=cast("StatusCode", span.status.status_code.name.lower()),
        status_message=span.status.description or "",
        scope_name=scope.name if scope else "",
        scope_version=(scope.version or "") if scope else "",
        attributes=_attributes(span.attributes),
        events=tuple(SpanEvent(event.name, event.timestamp, _attributes(event.attributes)) for event in span.events),
        links=tuple(
            SpanLink(f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}", _attributes(link.attributes))
            for link in span.links
        ),
        resource=_attributes(span.resource.attributes),
    )


def _encode(spans: Sequence[ReadableSpan]) -> Iterator[Span]:
    for span in spans:
        try:
            yield span_from_sdk(span)
        except Exception as error:  # whatever a host put into its span must not take the others along
            # Neither its name nor the error's words: they may hold what must not be written anywhere.
            _log.error("a span could not be recorded (%s)", type(error).__name__)


def _attributes(attributes: Mapping[str, object] | None) -> Attributes:
    return cast("Attributes", attributes or {})
