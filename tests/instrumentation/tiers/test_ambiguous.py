"""Trees that what was recorded does not decide come out as guesses that are marked as such, or not at all."""

from dataclasses import replace

import pytest

from tests.instrumentation.tiers.making import Made, agent, chat, spans, tool, workflow
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

SURE = 0.7
"""From here on an answer is given as one."""
SAID = "Checked 88 rows of the census table and found them right."


def missing(found: list[Span], name: str) -> list[Span]:
    """Without the span of that name."""
    return [span for span in found if span.name != name]


def at_once(found: list[Span]) -> list[Span]:
    """All spans at the same time."""
    return [replace(span, start_ns=found[0].start_ns, end_ns=found[0].end_ns) for span in found]


def strands(*below: Made) -> Made:
    """A graph whose agents stand side by side."""
    return Made("invoke_graph", {"gen_ai.operation.name": "invoke_graph"}, below, {"scope_name": "strands.telemetry"})


def hinted(name: str, hint: str | None = None) -> Made:
    """An agent of OpenInference, whose parent may only be the agent before it."""
    facts = {"openinference.span.kind": "AGENT", "agent.name": name}
    if hint is not None:
        facts["graph.node.parent_id"] = hint
    return Made(name, facts, (), {"scope_name": "openinference.instrumentation.other"})


def handing(name: str, member: str) -> Made:
    """An agent of the OpenAI SDK under Logfire that may hand over to a member."""
    facts = {"name": name, "handoffs": [member]}
    return Made("Agent run: {name!r}", facts, (), {"scope_name": "logfire.openai_agents"})


AMBIGUOUS = {
    "two agents at once with nothing between them": (at_once(spans(workflow(agent("left"), agent("right")))), "right"),
    "agents one after the other, with neither texts nor handoffs": (
        spans(strands(agent("first"), agent("second"), agent("third"))), "first",
    ),
    "one that several others read": (
        spans(workflow(
            agent("leaf", chat(), output=SAID), agent("one", chat(SAID)), agent("two", chat(SAID)),
        )), "leaf",
    ),
    "a parent that the span only hints at": (spans(hinted("boss"), hinted("report", "boss")), "report"),
    "an agent below a span that never came": (
        missing(spans(Made("lost", {}, (chat(attributes={"gen_ai.agent.name": "boss"}), agent("leaf")))), "lost"),
        "leaf",
    ),
    "agents of a graph whose leader never ran": (
        spans(strands(strands(agent("left"), agent("right")), strands(agent("third"), agent("fourth")))), "left",
    ),
    "one that two running agents name as their own": (
        spans(
            handing("one", "leaf"),
            handing("two", "leaf"),
            agent("leaf"),
        ), "leaf",
    ),
    "a parent's name that two agents have": (
        spans(workflow(
            agent("boss", tool("a")), agent("other"),
            agent("leaf", attributes={"gen_ai.caller.agent.name": "nobody here"}),
        )), "leaf",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_an_undecided_place_is_a_guess_or_none(case: str) -> None:
    found, name = AMBIGUOUS[case]
    invocations = [i for run in infer_runs(found) for i in run.invocations if i.agent == name]
    assert invocations
    for invocation in invocations:
        assert invocation.tier is None or invocation.tier_confidence < SURE
        assert len(invocation.evidence) >= 2


@pytest.mark.parametrize("case", AMBIGUOUS)
def test_whoever_is_below_a_guess_is_no_surer(case: str) -> None:
    found, _ = AMBIGUOUS[case]
    for run in infer_runs(found):
        sure = {i.id: i.tier_confidence for i in run.invocations}
        assert all(i.tier_confidence <= sure[i.parent_id] for i in run.invocations if i.parent_id is not None)
