"""Strands Agents, as it records itself.

Versions: strands-agents 1.26 to 1.62, with and without gen_ai_latest_experimental.
Examples: ``invoke_agent planner``, texts in the events ``gen_ai.user.message`` and ``gen_ai.choice``; ``chat``;
``execute_tool planner``; ``execute_tool handoff_to_agent`` in a swarm; containers ``invoke_graph`` and
``invoke_swarm``, whose agents stand side by side. Usage is on the agent's span again.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.texts import first_value
from tierscope.instrumentation.tiers.transfers import transfer_target


def read(span: Span) -> Reading:
    """As GenAI; tool arguments are in an event, and graphs join while swarms hand over."""
    reading = genai.read(span)
    if reading.role == "tool" and reading.target is None:
        arguments = first_value(span, ("event:gen_ai.tool.message",))
        reading.target = transfer_target(reading.name, arguments)
        reading.kind = "transfer" if reading.target else "tool"
    elif reading.role == "container":
        operation = span.attributes.get("gen_ai.operation.name")
        reading.flow = "handoff" if operation == "invoke_swarm" else "join"
    elif reading.role == "agent":
        tools = span.attributes.get("gen_ai.agent.tools")
        if isinstance(tools, list):
            reading.members = tuple(t for t in tools if isinstance(t, str))
    return reading


CONVENTION: Final = Convention(
    name="strands",
    versions="strands-agents 1.26 to 1.62, with and without gen_ai_latest_experimental",
    read=read,
    scopes=("strands.*", "strands-agents*", "opentelemetry.instrumentation.strands*"),
    inputs=("event:gen_ai.user.message", *genai.INPUTS),
    outputs=("event:gen_ai.choice", *genai.OUTPUTS),
)
