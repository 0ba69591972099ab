"""Google's Agent Development Kit, as it records itself.

Versions: google-adk 1.25 to 2.13, telemetry schema 1 and 2.
Examples: ``invoke_agent planner``; ``generate_content gemini`` (schema 1: ``call_llm`` around it, with the same
tokens); ``execute_tool planner`` with ``gen_ai.tool.type=AgentTool``; ``execute_tool transfer_to_agent``;
``invoke_workflow``. SequentialAgent, ParallelAgent and LoopAgent are recorded as agents, but call no model: they
are containers.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.transfers import transfer_target

_TRANSFER: Final = "transfer_to_agent"


def read(span: Span) -> Reading:
    """As GenAI, with schema 1's ``call_llm``, and arguments under Google's own names."""
    if span.name == "call_llm":
        return Reading("model", owner=_owner(span))
    if span.name == "invocation":
        return Reading("container")
    if span.name.startswith("agent_run ["):
        return Reading("agent", span.name[11:-1], f"the span is named {span.name!r}")
    reading = genai.read(span)
    if reading.role == "tool":
        if span.attributes.get("gen_ai.tool.type") == "AgentTool":
            reading.target, reading.kind = reading.name, "tool"
        elif reading.target is None:
            reading.target = transfer_target(reading.name, span.attributes.get("gcp.vertex.agent.tool_call_args"))
            reading.kind = "transfer" if reading.name == _TRANSFER else "tool"
    return reading


def refine(nodes: Sequence[Node]) -> None:
    """Agents that call no model and hold other agents are workflow agents: containers."""
    working: set[int] = set()
    holding: set[int] = set()
    for node in reversed(nodes):
        above = _agent_above(node)
        if above is None:
            continue
        if node.reading.role == "agent":
            holding.add(id(above))
        elif node.reading.role in ("model", "tool"):
            working.add(id(above))
    for node in nodes:
        if node.reading.role == "agent" and id(node) in holding and id(node) not in working:
            node.reading = Reading("container", node.reading.name, flow="join")


def _agent_above(node: Node) -> Node | None:
    above = node.parent
    while above is not None and above.reading.role != "agent":
        above = above.parent
    return above


def _owner(span: Span) -> str | None:
    name = span.attributes.get("gen_ai.agent.name")
    return name if isinstance(name, str) else None


CONVENTION: Final = Convention(
    name="google_adk",
    versions="google-adk 1.25 to 2.13, telemetry schema 1 and 2",
    read=read,
    refine=refine,
    scopes=("gcp.vertex.agent*",),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
)
