"""Pydantic AI, as it records itself.

Versions: pydantic-ai 1.59 to 2.68, instrumentation versions 2 to 6.
Examples: ``invoke_agent planner`` (before version 3 ``agent run`` with ``agent_name=planner``), ``chat gpt-5``,
``execute_tool ask_planner`` (before: ``running tool``). The whole run's usage is repeated on the agent's span as
``gen_ai.aggregated_usage.*``; version 1 repeats it as ``gen_ai.usage.*``.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import Convention, Reading

_AGENT_SPANS: Final = ("agent run", "agent_run")


def read(span: Span) -> Reading:
    """As GenAI; older versions name no operation on agent and tool spans."""
    reading = genai.read(span)
    if reading.role != "step":
        return reading
    attributes = span.attributes
    if span.name in _AGENT_SPANS or ("agent_name" in attributes and "final_result" in attributes):
        return genai.agent(span)
    if span.name.startswith("running tool") and "gen_ai.tool.name" in attributes:
        return genai.tool(span)
    return reading


CONVENTION: Final = Convention(
    name="pydantic_ai",
    versions="pydantic-ai 1.59 to 2.68, instrumentation versions 2 to 6",
    read=read,
    scopes=("pydantic-ai",),
    inputs=("pydantic_ai.all_messages", "all_messages_events"),
    outputs=("final_result",),
)
