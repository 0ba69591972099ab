"""LlamaIndex by its own events, which OpenInference and Traceloop both write down.

Versions: llama-index-core 0.14.
Examples: ``current_agent_name='planner'`` in what a step of a workflow was given or returned. All steps stand side by
side in the workflow that runs them: of one agent, which is then the agent, or of several that hand over to each
other by the tool ``handoff``.
"""

import re
from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import Reading

AGENT: Final = "agent"
"""Among a reading's facts: the agent that a step names."""
_NAMED: Final = re.compile(
    r"current_agent_name\\?[\"']?\s*[=:]\s*\\?(?P<quote>[\"'])(?P<agent>(?:(?!\\?(?P=quote)).)+)"
)
"""A name ends with the quotation mark that it begins with: Python puts one with an apostrophe between double ones."""
_ESCAPE: Final = re.compile(r"\\+u(?P<unit>[0-9a-fA-F]{4})")
_HANDOFF: Final = "handoff"


def step(span: Span, keys: Sequence[str]) -> Reading:
    """A step of a workflow, with the agent that it names last; a tool's step may name one that ran inside.

    Args:
        span: the step's.
        keys: attributes that hold what it was given and what it returned.
    """
    texts = [value for key in keys if isinstance(value := span.attributes.get(key), str)]
    names = [match["agent"] for text in texts for match in _NAMED.finditer(text)]
    return Reading("step", facts={AGENT: _unescaped(names[-1])} if names else None)


def _unescaped(name: str) -> str:
    """The name as it is: JSON may write what is not ASCII by its number, and some signs as two of these."""
    plain = _ESCAPE.sub(lambda match: chr(int(match["unit"], 16)), name)
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def refine(nodes: Sequence[Node]) -> None:
    """A workflow of one agent is that agent; of several it holds them, one for each turn."""
    for node in nodes:
        names = {name for child in node.children if (name := _turn_of(child)) is not None}
        if not names and node.missing:
            names = {name for child in node.children if (name := _named_by(child)) is not None}
        if len(names) == 1:
            (name,) = names
            node.reading = Reading(
                "agent", name, f"the steps of {node.span.name or 'a span that never came'!r} name it"
            )
        elif names:
            node.reading = Reading("container", node.span.name, flow="handoff")
            _split_turns(node)


def _turn_of(step: Node) -> str | None:
    """The agent that a step names, where it calls a model."""
    return _named_by(step) if any(child.reading.role == "model" for child in step.children) else None


def _named_by(step: Node) -> str | None:
    name = step.reading.facts.get(AGENT) if step.reading.facts is not None else None
    return name if isinstance(name, str) else None


def _split_turns(workflow: Node) -> None:
    """Each step that calls a model is a turn of the agent that it names; the tool calls that follow are its work."""
    turn: Node | None = None
    for child in list(workflow.children):
        name = _turn_of(child)
        if name is not None:
            child.reading = Reading("agent", name, f"the step {child.span.name!r} names it and calls a model")
            turn = child
        elif turn is not None and _holds_tool(child):
            workflow.children.remove(child)
            turn.children.append(child)
            child.parent = turn


def _holds_tool(node: Node) -> bool:
    return node.reading.role == "tool" or any(child.reading.role == "tool" for child in node.children)


def as_handoff(tool: Reading, receiver: str | None) -> Reading:
    """A tool call that hands over where it is LlamaIndex's own ``handoff``."""
    if tool.name == _HANDOFF:
        tool.target, tool.kind = receiver, "transfer"
    return tool
