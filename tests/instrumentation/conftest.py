"""Spans and stores for tests of the span store."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.store import Store

START_NS = 1_790_000_000_000_000_000
MS = 1_000_000

MakeSpan = Callable[..., Span]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that does not exist yet and gives up waiting after two seconds."""
    return Store(tmp_path / "spans.duckdb", wait_s=2.0)


@pytest.fixture
def make_span() -> MakeSpan:
    """Makes spans of one trace, by default one after another, each 10 ms long."""
    numbers = itertools.count(1)

    def make(name: str = "step", *, trace: int = 1, number: int | None = None, **fields: Any) -> Span:
        number = next(numbers) if number is None else number
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

    return make
