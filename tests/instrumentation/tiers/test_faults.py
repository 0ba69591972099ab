"""Recordings that arrive damaged: mixed up, twice, half, late, from clocks that differ."""

import random
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.instrumentation.tiers.mutations import shape, shape_of
from tests.instrumentation.tiers.truth import infer_one, load_recording, load_truth, name_of, recordings
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

RECORDINGS = st.sampled_from(recordings())
CHANCE = st.randoms(use_true_random=False)
SOME = settings(max_examples=30)


@SOME
@given(RECORDINGS, CHANCE)
def test_batches_in_any_order_with_copies_and_unfinished_spans_make_the_same_run(
    path: Path, chance: random.Random
) -> None:
    spans = load_recording(path)
    copies = chance.sample(spans, len(spans) // 3)
    unfinished = [replace(span, end_ns=None, status="unset") for span in chance.sample(spans, len(spans) // 3)]
    mixed = [*spans, *copies, *unfinished]
    chance.shuffle(mixed)
    assert shape_of(mixed) == shape([infer_one(path)])


@SOME
@given(RECORDINGS, CHANCE, st.floats(0.02, 0.5))
def test_what_is_left_of_a_run_is_counted_and_names_no_agent_that_was_not_there(
    path: Path, chance: random.Random, share: float
) -> None:
    spans = load_recording(path)
    kept = [span for span in spans if chance.random() > share]
    runs = infer_runs(kept)
    assert sum(run.span_count for run in runs) == len(kept)
    known = set(load_truth(path).values["agents"])
    assert {i.agent for run in runs for i in run.invocations} <= known | _graphs(path)
    for run in runs:
        assert all(0 < i.tier_confidence <= 1 for i in run.invocations)
        assert all((i.tier is None) == (i.role is None) for i in run.invocations)


def _graphs(path: Path) -> set[str]:
    """Names of graphs, under which an agent goes where the span that says its own name did not come."""
    spans = load_recording(path)
    if not name_of(path).startswith("langgraph"):
        return set()
    return {str(span.attributes.get("gen_ai.agent.name", span.name)) for span in spans} | {
        part for span in spans for part in span.name.replace(".", " ").split()
    }


@SOME
@given(RECORDINGS, CHANCE, st.integers(-5_000_000_000, 5_000_000_000))
def test_an_agent_on_another_clock_stays_where_the_span_tree_has_it(
    path: Path, chance: random.Random, skew_ns: int
) -> None:
    spans = load_recording(path)
    run = infer_one(path)
    nested = [i for i in run.invocations if i.tier_source == "agent_span" and i.parent_id is not None]
    if not nested:
        return
    moved = chance.choice(nested)
    below = _subtree(spans, moved.id)
    skewed = [_moved(span, skew_ns) if span.key in below else span for span in spans]
    parents = {i.id: i.parent_id for found in infer_runs(skewed) for i in found.invocations}
    assert parents.get(moved.id) == moved.parent_id or moved.id not in parents


def _subtree(spans: tuple[Span, ...], key: str) -> set[str]:
    inside = {key}
    while True:
        more = {s.key for s in spans if f"{s.trace_id}:{s.parent_span_id}" in inside} - inside
        if not more:
            return inside
        inside |= more


def _moved(span: Span, by_ns: int) -> Span:
    return replace(span, start_ns=span.start_ns + by_ns, end_ns=None if span.end_ns is None else span.end_ns + by_ns)
