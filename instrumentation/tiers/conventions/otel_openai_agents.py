"""OpenAI Agents SDK under OpenTelemetry's own GenAI instrumentation.

Versions: opentelemetry-instrumentation-genai-openai-agents 1.3b0, openai-agents 0.24.
Examples: ``invoke_agent planner`` with no text and no model calls; ``execute_tool ask_planner`` with arguments and
result; ``invoke_workflow Agent workflow``. Handoffs are not recorded: agents follow each other in one workflow.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import Convention, Reading


def read(span: Span) -> Reading:
    """As GenAI; inside a workflow agents change by handoffs only."""
    reading = genai.read(span)
    if reading.role == "container":
        reading.flow = "handoff"
    return reading


CONVENTION: Final = Convention(
    name="otel.openai_agents",
    versions="opentelemetry-instrumentation-genai-openai-agents 1.3b0, openai-agents 0.24",
    read=read,
    scopes=("opentelemetry.instrumentation.genai.openai_agents*",),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
)
