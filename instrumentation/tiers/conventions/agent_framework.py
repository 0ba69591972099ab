"""Microsoft Agent Framework, as it records itself.

Versions: agent-framework 1.23 (orchestrations 1.4).
Examples: ``invoke_agent planner``, ``chat gpt-5``, ``execute_tool ask_planner``; containers ``workflow.run``; links
from ``executor.process`` to ``message.send``, which may name its receiver; traces of their own for
``workflow.build``. Usage is on agent and chat alike.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading


def read(span: Span) -> Reading:
    """As GenAI, with the workflow's own spans."""
    name = span.name
    if name.startswith("workflow.run"):
        return Reading("container", _text(span, "workflow.name"), flow="join")
    if name.startswith("workflow.build"):
        return Reading("setup", _text(span, "workflow_builder.name"))
    if name.startswith("message.send"):
        receiver = _text(span, "message.destination_executor_id")
        return Reading("handoff", target=receiver, kind="handoff") if receiver else STEP
    if name.startswith("executor.process"):
        return Reading("step", owner=_text(span, "executor.id"))
    return genai.read(span)


def refine(nodes: Sequence[Node]) -> None:
    """A message to one executor hands over from the agent of the executor that sends it."""
    for node in nodes:
        if node.reading.role == "handoff" and node.parent is not None:
            node.reading.giver = node.parent.reading.owner


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) else None


CONVENTION: Final = Convention(
    name="agent_framework",
    versions="agent-framework 1.23 (orchestrations 1.4)",
    read=read,
    refine=refine,
    scopes=("agent_framework*",),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
)
