"""Which spans of a request can be stored, in the form in which the spool takes them.

What is acknowledged must be readable when it is drained, so every span is looked at here; a span that breaks the format
is left out and counted, and the rest of its request is taken.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import orjson
import pyarrow as pa
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.otlp_json import MalformedOtlpError, spans_from_json
from tierscope.instrumentation.otlp_protobuf import spans_from_protobuf
from tierscope.instrumentation.receiver.limits import DEFAULT_SPAN_BYTES
from tierscope.instrumentation.redaction.redactor import Redactor
from tierscope.instrumentation.spans import Span

__all__ = ["Intake", "Sieve", "take_json", "take_protobuf"]

_NO_TRACE_ID: Final = bytes(16)
_NO_SPAN_ID: Final = bytes(8)


@dataclass(frozen=True, slots=True)
class Sieve:
    """What is held back of every request."""

    span_bytes: int = DEFAULT_SPAN_BYTES
    """Larger spans are left out, as they were sent: in protobuf or JSON."""
    redactor: Redactor | None = None
    """Changes spans before they are written."""

    def hold_back(self, spans: Sequence[Span]) -> pa.Table:
        """Columns of spans as they may be written."""
        return table_from_spans(spans if self.redactor is None else self.redactor.redact(spans))


@dataclass(frozen=True, slots=True)
class Intake:
    """What a request brings."""

    content: bytes | pa.Table | None
    """For the spool: a protobuf body or columns; None where no span can be stored."""
    rejected: int
    """Number of spans left out."""
    reason: str
    """Why, for the sender's developer; empty where none was left out."""
    accepted: int
    """Number of spans in ``content``."""


def take_protobuf(body: bytes, sieve: Sieve) -> Intake:
    """Look through a serialized ``ExportTraceServiceRequest``.

    Args:
        body: out of its compression; an empty one is an empty request.
        sieve: what is held back.

    Raises:
        MalformedOtlpError: it is not that message.
    """
    request = ExportTraceServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as error:
        raise MalformedOtlpError("it is not an OTLP trace request in protobuf, or it is truncated") from error
    faults: Counter[str] = Counter()
    accepted = 0
    largest_bytes = None if len(body) <= sieve.span_bytes else sieve.span_bytes
    for resource_spans in request.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            found = [_find_fault(span, largest_bytes) for span in scope_spans.spans]
            wrong = [position for position, fault in enumerate(found) if fault]
            faults.update(fault for fault in found if fault)
            accepted += len(found) - len(wrong)
            for position in reversed(wrong):
                del scope_spans.spans[position]
    if not accepted:
        return _intake(None, faults, 0)
    content = request.SerializeToString() if faults else body
    held_back = content if sieve.redactor is None else sieve.hold_back(list(spans_from_protobuf(content)))
    return _intake(held_back, faults, accepted)


def take_json(body: bytes, sieve: Sieve) -> Intake:
    """Look through an OTLP/JSON request.

    Args:
        body: out of its compression, in UTF-8.
        sieve: what is held back.

    Raises:
        MalformedOtlpError: it is not JSON, or its outline is not that of a trace request.
    """
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedOtlpError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    if not isinstance(document, dict):
        raise MalformedOtlpError("it is not a JSON object")
    request = cast("dict[str, Any]", document)
    if not (request.get("resourceSpans") or request.get("resource_spans")):
        return Intake(None, 0, "", 0)
    faults: Counter[str] = Counter()
    try:
        if len(body) > sieve.span_bytes:
            _drop_large(request, faults, sieve.span_bytes)
        spans = _decode_json(request, faults)
    except RecursionError as error:
        raise MalformedOtlpError("its values are nested too deep") from error
    return _intake(sieve.hold_back(spans) if spans else None, faults, len(spans))


def _decode_json(request: dict[str, Any], faults: Counter[str]) -> list[Span]:
    try:
        spans = list(spans_from_json(request))
    except MalformedOtlpError:
        _drop_faulty(request, faults)
        spans = list(spans_from_json(request))  # what is wrong beside the spans is an error of the whole request
    kept = [span for span in spans if int(span.trace_id, 16) and int(span.span_id, 16)]
    if len(kept) < len(spans):
        faults["a trace_id or span_id is all zeros"] += len(spans) - len(kept)
    return kept


def _drop_faulty(request: dict[str, Any], faults: Counter[str]) -> None:
    """Take the spans that break the format out of a request, each looked at by itself."""
    for spans in _list_spans(request):
        spans[:] = [span for span in spans if _is_sound(span, faults)]


def _drop_large(request: dict[str, Any], faults: Counter[str], largest_bytes: int) -> None:
    for spans in _list_spans(request):
        kept = [span for span in spans if len(orjson.dumps(span)) <= largest_bytes]
        if len(kept) < len(spans):
            faults[_describe_large(largest_bytes)] += len(spans) - len(kept)
            spans[:] = kept


def _list_spans(request: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """Every list of spans of a request, to be changed in place."""
    for resource_spans in _list_objects(request, "resourceSpans", "resource_spans"):
        for scope_spans in _list_objects(resource_spans, "scopeSpans", "scope_spans"):
            yield _list_objects(scope_spans, "spans")


def _is_sound(span: dict[str, Any], faults: Counter[str]) -> bool:
    try:
        for _ in spans_from_json({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}):
            return True
    except MalformedOtlpError as error:
        faults[str(error)] += 1
    return False


def _list_objects(holder: dict[str, Any], *keys: str) -> list[dict[str, Any]]:
    items: object = next((holder[key] for key in keys if holder.get(key) is not None), None)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in cast("list[object]", items)):
        raise MalformedOtlpError(f"'{keys[0]}' is not a list of objects")
    return cast("list[dict[str, Any]]", items)


def _find_fault(span: trace_pb2.Span, largest_bytes: int | None) -> str | None:
    trace_id, span_id, parent_span_id = span.trace_id, span.span_id, span.parent_span_id
    if len(trace_id) != 16 or trace_id == _NO_TRACE_ID:
        return f"a trace_id is {_describe(trace_id)} instead of 16 bytes"
    if len(span_id) != 8 or span_id == _NO_SPAN_ID:
        return f"a span_id is {_describe(span_id)} instead of 8 bytes"
    if parent_span_id and len(parent_span_id) != 8:
        return f"a parent_span_id is {_describe(parent_span_id)} instead of 8 bytes"
    if any(len(link.trace_id) != 16 or len(link.span_id) != 8 for link in span.links):
        return "a link has an id of the wrong length"
    if largest_bytes is not None and span.ByteSize() > largest_bytes:
        return _describe_large(largest_bytes)
    return None


def _describe_large(largest_bytes: int) -> str:
    return f"a span is larger than {largest_bytes:,} bytes"


def _describe(identifier: bytes) -> str:
    return f"{len(identifier)} bytes" if any(identifier) or not identifier else "all zeros"


def _intake(content: bytes | pa.Table | None, faults: Counter[str], accepted: int) -> Intake:
    rejected = faults.total()
    if not rejected:
        return Intake(content, 0, "", accepted)
    first, number = faults.most_common(1)[0]
    others = f", and {rejected - number} for other reasons" if rejected > number else ""
    return Intake(content, rejected, f"{number} left out since {first}{others}", accepted)
