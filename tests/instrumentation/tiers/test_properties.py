"""What holds for any forest of spans."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.instrumentation.tiers.making import Made, agent, chat, spans, tool, workflow
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

NAMES = st.sampled_from(["boss", "left", "right", "leaf"])
TOOLS = st.sampled_from(["ask_leaf", "transfer_to_left", "search"])


def _agent(name: str, below: list[Made]) -> Made:
    return agent(name, *below)


def _tool(name: str, below: list[Made]) -> Made:
    return tool(name, *below)


def _workflow(below: list[Made]) -> Made:
    return workflow(*below)


def _larger(below: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    some = st.lists(below, max_size=3)
    return st.builds(_agent, NAMES, some) | st.builds(_tool, TOOLS, some) | st.builds(_workflow, some)


CALLS = st.builds(chat, used=st.tuples(st.integers(0, 9), st.integers(0, 9)))
MADE = st.recursive(st.builds(agent, NAMES) | CALLS, _larger, max_leaves=12)


def _traces(traces: list[list[Made]]) -> list[Span]:
    return [s for n, tops in enumerate(traces) for s in spans(*tops, trace=n + 1, start=n * 7)]


FORESTS = st.lists(st.lists(MADE, min_size=1, max_size=3), min_size=1, max_size=3).map(_traces)


def facts(found: list[Span]) -> list[object]:
    return [
        (run.id, run.root_id, [(i.id, i.agent, i.tier, i.parent_id, i.status, i.input_tokens) for i in run.invocations])
        for run in infer_runs(found)
    ]


@given(FORESTS, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(found: list[Span], chance: random.Random) -> None:
    mixed = [*found, *chance.sample(found, len(found) // 2)]
    chance.shuffle(mixed)
    assert facts(mixed) == facts(found)


@given(FORESTS)
def test_every_span_is_in_one_run_and_every_tier_is_one_below_its_parent(found: list[Span]) -> None:
    runs = infer_runs(found)
    assert sum(run.span_count for run in runs) == len(found)
    for run in runs:
        by_id = {i.id: i for i in run.invocations}
        assert len(by_id) == len(run.invocations)
        for position, invocation in enumerate(run.invocations):
            parent = by_id.get(invocation.parent_id or "")
            assert (parent is None) == (invocation.parent_id is None)
            if parent is not None:
                assert run.invocations.index(parent) < position
                assert invocation.tier == (None if parent.tier is None else parent.tier + 1)
            assert (invocation.role is None) == (invocation.tier is None)
            assert 0 <= invocation.tier_confidence <= 1


@given(FORESTS)
def test_each_token_is_counted_once(found: list[Span]) -> None:
    counted = [call.input_tokens for run in infer_runs(found) for call in run.model_calls]
    recorded = [s.attributes["gen_ai.usage.input_tokens"] for s in found if s.name == "chat"]
    assert sorted(map(str, counted)) == sorted(map(str, recorded))


@given(FORESTS, st.data())
def test_losing_a_span_loses_no_other_agent(found: list[Span], data: st.DataObject) -> None:
    renamed = [_unique(s) for s in found]
    lost = data.draw(st.sampled_from(renamed))
    rest = [s for s in renamed if s is not lost]
    runs = infer_runs(rest)
    kept = sorted(i.agent for run in runs for i in run.invocations)
    assert kept == sorted(str(s.attributes["gen_ai.agent.name"]) for s in rest if "gen_ai.agent.name" in s.attributes)
    assert sum(run.span_count for run in runs) == len(rest)


def _unique(span: Span) -> Span:
    """The span, with a name that no other agent has."""
    if "gen_ai.agent.name" not in span.attributes:
        return span
    return replace(span, attributes={**span.attributes, "gen_ai.agent.name": f"agent {span.key}"})


@given(FORESTS)
def test_open_spans_are_running_or_abandoned(found: list[Span]) -> None:
    for run in infer_runs([replace(s, end_ns=None) for s in found]):
        assert {i.status for i in run.invocations} <= {"running"}
