"""Every recording at hand, of any framework and instrumentation, is read as what really happened."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.instrumentation.tiers.truth import (
    by_agent,
    infer_one,
    load_recording,
    load_truth,
    name_of,
    parent_name,
    recordings,
    tree,
)
from tierscope.instrumentation.runs import Invocation
from tierscope.metrics.losses import compute_losses

GUESSED = (
    "agent_framework_groupchat",
    "agent_framework_managed",
    "autogen_roundrobin",
    "autogen_graphflow",
    "autogen_nested",
    "autogen_selector",
    "adk_workflow_fail",
)
"""Agents that share one conversation, or whose leader never ran: nothing recorded says who led whom."""
WITHOUT_TEXTS = {
    "adk_tool", "adk_transfer", "adk_workflow", "adk_tool_relief", "adk_workflow_relief",
    "autogen_tools", "autogen_tools_fail",
    "openai_agents_handoff_otel_chat", "openai_agents_handoff_otel_responses", "openai_agents_handoff_tl_chat",
}  # fmt: skip
"""Recordings that hold no agent's texts; so do those that end in ``_nocontent``."""
ROOT_WITHOUT_TEXT = ("openai_agents_tools_otel", "openai_agents_tools_tl_chat")
"""Only tool results are recorded, and nobody calls the root."""

paths = pytest.mark.parametrize("path", recordings(), ids=lambda p: f"{p.parent.name}-{name_of(p)}")


def is_guessed(path: Path) -> bool:
    return name_of(path).startswith(GUESSED) or load_truth(path).aborted


def has_texts(path: Path) -> bool:
    return name_of(path) not in WITHOUT_TEXTS and not name_of(path).endswith("_nocontent")


@paths
def test_each_agent_is_found_once_and_nothing_else(path: Path) -> None:
    truth = load_truth(path)
    found = set(by_agent(infer_one(path)))
    if truth.aborted:  # an agent that never got to call its model may still have been started
        assert truth.ran - {_nameless(path)} <= found <= set(truth.values["agents"])
    else:
        assert found == truth.ran


def _nameless(path: Path) -> str | None:
    """smolagents writes the name of an agent that nobody manages only on the span that a failure loses."""
    return "editor" if name_of(path) == "smolagents_code_rootfail" else None


@paths
def test_each_agent_has_its_tier_and_parent(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    for invocation in run.invocations:
        parent, tier, _ = truth.agent(invocation.agent)
        if is_guessed(path):
            assert (
                invocation.tier is None
                or (parent_name(run, invocation), invocation.tier) == (parent, tier)
                or (invocation.tier_confidence < 0.6)
            )
            if truth.aborted and not name_of(path).startswith("langgraph_send_otel"):  # which has no spans of nodes
                assert invocation.tier == tier
        else:
            assert (parent_name(run, invocation), invocation.tier) == (parent, tier)
            assert invocation.tier_confidence > 0.3


@paths
def test_each_agent_has_its_own_output(path: Path) -> None:
    truth = load_truth(path)
    for name, invocation in by_agent(infer_one(path)).items():
        output = truth.agent(name)[2]
        if invocation.output is not None and name != truth.failed:
            assert output in invocation.output.replace("\\n", "\n")
        elif name == truth.failed:
            assert invocation.output is None
        else:
            assert not _should_have_output(path, invocation)


def _should_have_output(path: Path, invocation: Invocation) -> bool:
    """Handoffs end a turn without an answer; an aborted run's agents may never have answered."""
    name = name_of(path)
    if not has_texts(path) or load_truth(path).aborted or (name.startswith(ROOT_WITHOUT_TEXT) and invocation.tier == 0):
        return False
    if name.startswith(("crewai_hier_tl", "autogen")):
        return False
    return not any(word in name for word in ("handoff", "swarm", "transfer"))


@paths
def test_tokens_are_counted_once_or_unknown(path: Path) -> None:
    truth = load_truth(path)
    for name, invocation in by_agent(infer_one(path)).items():
        used = invocation.input_tokens, invocation.output_tokens
        assert used in ((None, None), truth.tokens(name)) or truth.aborted
        if invocation.model_calls and not (name == truth.failed or truth.aborted or "tl_chat" in name_of(path)):
            assert used == truth.tokens(name)


@paths
def test_only_the_failed_agent_failed(path: Path) -> None:
    truth = load_truth(path)
    for name, invocation in by_agent(infer_one(path)).items():
        if name == truth.failed:
            lost = any("never came" in sentence for sentence in invocation.evidence)
            assert invocation.status == ("abandoned" if lost and not invocation.model_calls else "error")
        elif not truth.aborted:
            assert (name, invocation.status) == (name, "ok")


@paths
def test_a_critical_line_comes_from_the_agent_that_said_it_first(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    said = {name: i.output for name, i in by_agent(run).items() if i.output}
    told = [(line, reaches) for line, reaches, _ in truth.criticals if reaches[0] in said]
    if not told or is_guessed(path):
        pytest.skip("who said it first is not recorded")
    agents = {i.id: i.agent for i in run.invocations}
    found = {(agents[s.invocation_id], s.text, s.critical, s.declared) for s in run.signals}
    assert {(reaches[0], line, True, False) for line, reaches in told} <= found
    assert len(found) == len(run.signals) <= len(truth.criticals)
    for line, reaches in told:
        assert {name for name, output in said.items() if line in output} <= set(reaches)


@paths
def test_a_lost_critical_line_is_reported_with_whom_it_reached(path: Path) -> None:
    run, truth = infer_one(path), load_truth(path)
    said = {name for name, i in by_agent(run).items() if i.output}
    if is_guessed(path) or not all({*reaches, at or reaches[0]} <= said for _, reaches, at in truth.criticals):
        pytest.skip("not every agent on its way has a recorded answer")
    losses = {(loss.text, loss.reached, loss.lost_at) for loss in compute_losses(run)}
    assert losses == {(line, tuple(reaches), at) for line, reaches, at in truth.criticals if at is not None}


@paths
def test_order_and_repetition_of_spans_do_not_matter(path: Path) -> None:
    spans = load_recording(path)
    shuffled = [*spans, *spans]
    random.Random(7).shuffle(shuffled)
    assert tree(shuffled) == tree(spans)


@paths
def test_without_the_root_span_no_agent_is_lost(path: Path) -> None:
    spans = load_recording(path)
    roots = {s.key for s in spans if s.parent_span_id is None and any(c.parent_span_id == s.span_id for c in spans)}
    rest = [s for s in spans if s.key not in roots]
    before, after = tree(spans), tree(rest)
    if name_of(path).startswith("langgraph_send_otel"):
        pytest.skip("this instrumentation names its agents on the root span alone")
    gone = {agent for agent, _, _ in before} - {agent for agent, _, _ in after}
    assert len(gone) <= len(roots)
    assert len(after) >= len(before) - len(roots)


@paths
def test_every_placed_agent_says_why(path: Path) -> None:
    for invocation in infer_one(path).invocations:
        assert len(invocation.evidence) >= 2
        assert all(sentence.endswith((".", ".'")) for sentence in invocation.evidence)


@paths
def test_handoffs_join_agents_of_the_run(path: Path) -> None:
    run = infer_one(path)
    known = {i.id for i in run.invocations}
    for handoff in run.handoffs:
        assert handoff.from_id in known
        assert handoff.to_id is None or handoff.to_id in known


def test_running_and_ended_copies_of_a_span_are_one() -> None:
    spans = load_recording(recordings()[0])
    open_copies = [replace(s, end_ns=None) for s in spans]
    assert tree([*spans, *open_copies]) == tree(spans)
