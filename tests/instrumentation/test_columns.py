"""Spans survive the way into columns and back, and no attribute value stops them."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.instrumentation.making import make_span
from tierscope.instrumentation.columns import (
    MAX_DEPTH,
    SPAN_SCHEMA,
    TOO_DEEP,
    render_json,
    spans_from_table,
    table_from_spans,
)
from tierscope.instrumentation.spans import Span, SpanEvent, SpanLink

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(TEXT, VALUES, max_size=4)
TRACE_IDS = st.integers(1, 2**128 - 1).map(lambda number: f"{number:032x}")
SPAN_IDS = st.integers(1, 2**64 - 1).map(lambda number: f"{number:016x}")
TIMES = st.integers(0, 2**63 - 1)
SPANS = st.builds(
    Span,
    trace_id=TRACE_IDS,
    span_id=SPAN_IDS,
    parent_span_id=st.none() | SPAN_IDS,
    name=TEXT,
    kind=st.sampled_from(["internal", "client"]),
    start_ns=TIMES,
    end_ns=st.none() | TIMES,
    status=st.sampled_from(["unset", "ok", "error"]),
    status_message=TEXT,
    scope_name=TEXT,
    scope_version=TEXT,
    attributes=ATTRIBUTES,
    events=st.lists(st.builds(SpanEvent, TEXT, TIMES, ATTRIBUTES), max_size=2).map(tuple),
    links=st.lists(st.builds(SpanLink, TRACE_IDS, SPAN_IDS, ATTRIBUTES), max_size=2).map(tuple),
    resource=ATTRIBUTES,
)


@given(st.lists(SPANS, max_size=4))
def test_spans_come_back_from_columns_as_they_were(spans: list[Span]) -> None:
    table = table_from_spans(spans)
    assert table.schema == SPAN_SCHEMA
    assert list(spans_from_table(table)) == spans


def nested(depth: int) -> Any:
    value: Any = "core"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (math.nan, None),
        (math.inf, None),
        (2**70, str(2**70)),
        (b"\x00\x01", "AAE="),
        (("a", "b"), ["a", "b"]),
        ("lone \ud83d surrogate", "lone ? surrogate"),
        ({1: "a"}, {"1": "a"}),
        (range(3), [0, 1, 2]),
        (Ellipsis, "Ellipsis"),
    ],
)
def test_value_that_json_cannot_hold_is_kept_as_the_nearest_one(value: object, kept: object) -> None:
    assert json.loads(render_json({"value": value, "beside": 1})) == {"value": kept, "beside": 1}


def test_nesting_beyond_the_limit_is_cut() -> None:
    kept = MAX_DEPTH - 1
    assert render_json({"value": nested(5000)}) == f'{{"value":{"[" * kept}"{TOO_DEEP}"{"]" * kept}}}'


def test_names_with_lone_surrogates_are_stored() -> None:
    span = make_span("bad \ud83d name", events=(SpanEvent("\ud83d", 1),))
    [back] = spans_from_table(table_from_spans([span]))
    assert back.name == "bad ? name"
    assert back.events[0].name == "?"
