"""Spans for tests of the span store."""

import itertools
from typing import Any, Final

from tierscope.instrumentation.spans import Span

START_NS: Final = 1_790_000_000_000_000_000
MS: Final = 1_000_000

_numbers = itertools.count(1)


def make_span(name: str = "step", *, trace: int = 1, number: int | None = None, **fields: Any) -> Span:
    """A span of 10 ms that starts 20 ms after the one with the number before.

    Args:
        name: of the span.
        trace: its trace's id, as a number.
        number: its own id, as a number; by default the next.
        fields: any other field of a span.
    """
    number = next(_numbers) if number is None else number
    start_ns = START_NS + number * 20 * MS
    values: dict[str, Any] = {
        "trace_id": f"{trace:032x}",
        "span_id": f"{number:016x}",
        "parent_span_id": None,
        "name": name,
        "kind": "internal",
        "start_ns": start_ns,
        "end_ns": start_ns + 10 * MS,
    }
    return Span(**{**values, **fields})
