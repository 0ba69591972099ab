"""Microsoft Semantic Kernel, as it records itself.

Versions: semantic-kernel 1.45.
Examples: ``invoke_agent planner``, ``chat gpt-5``, ``execute_tool planner-planner`` as plugin and function;
``execute_tool Handoff-transfer_to_writer``. An orchestration's messages are traces of their own, joined by links:
``agent_runtime create`` and ``agent_runtime send`` before an agent starts, ``agent_runtime process`` around it.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import Convention, Reading

_RUNTIME: Final = "agent_runtime "


def read(span: Span) -> Reading:
    """As GenAI; the runtime's messages only set an agent going."""
    if span.name.startswith(_RUNTIME):
        return Reading("setup", span.name)
    return genai.read(span)


CONVENTION: Final = Convention(
    name="semantic_kernel",
    versions="semantic-kernel 1.45",
    read=read,
    scopes=("semantic_kernel*", "agent_runtime *"),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
)
