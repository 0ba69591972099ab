"""CrewAI under Traceloop's OpenLLMetry.

Versions: opentelemetry-instrumentation-crewai 0.62, crewai 1.15.
Examples: ``crewai.workflow``, ``<task>.task`` with ``crewai.task.agent`` and ``traceloop.entity.output``,
``planner.agent``: all three say ``gen_ai.operation.name=invoke_agent``. A crew called by a tool is nested straight
in the calling agent. No tokens.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import traceloop
from tierscope.instrumentation.tiers.conventions.traceloop import KIND
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import Convention, Reading

_TASK: Final = "task"


def read(span: Span) -> Reading:
    """As Traceloop; a task is its agent's, and holds the agent's output."""
    attributes = span.attributes
    if span.name == "crewai.workflow" or "crewai.crew.id" in attributes:
        name = attributes.get("crewai.crew.name")
        return Reading("container", name if isinstance(name, str) else None, flow="join")
    agent = attributes.get("crewai.task.agent")
    if attributes.get(KIND) == "task":
        if isinstance(agent, str) and agent and agent != "None":
            return Reading("agent", agent.strip(), f"the task {span.name[:40]!r} is given to it", wraps=True)
        return Reading("step", facts={_TASK: True})
    role = attributes.get("crewai.agent.role")
    if attributes.get(KIND) == "agent" and isinstance(role, str):
        return Reading("agent", role.strip(), f"the span {span.name!r} has {KIND}=agent")
    return traceloop.read(span)


def refine(nodes: Sequence[Node]) -> None:
    """In a hierarchical crew a task names no agent: it is that of the first agent in it, the manager."""
    for node in nodes:
        task = node.parent
        if node.reading.role == "agent" and task is not None and task.reading.facts == {_TASK: True}:
            task.reading = Reading("agent", node.reading.name, "it is the first agent in the task", wraps=True)


CONVENTION: Final = Convention(
    name="traceloop.crewai",
    versions="opentelemetry-instrumentation-crewai 0.62, crewai 1.15",
    read=read,
    refine=refine,
    scopes=("opentelemetry.instrumentation.crewai*",),
    inputs=("crewai.task.description", *traceloop.INPUTS),
    outputs=traceloop.OUTPUTS,
)
