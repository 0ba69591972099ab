"""Vercel's AI SDK, as it records itself.

Versions: ai 6.0, generateText and ToolLoopAgent with experimental_telemetry.
Examples: ``ai.generateText`` with ``ai.telemetry.functionId=planner`` is one agent's run, or ``ai.streamText``;
``ai.generateText.doGenerate`` a model call; ``ai.toolCall`` with ``ai.toolCall.name``, args and result. Without a
function id the agent is whoever its system prompt says.
"""

from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.prompts import name_in_prompt
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading
from tierscope.instrumentation.tiers.texts import decode
from tierscope.instrumentation.tiers.transfers import transfer_target

_OPERATION: Final = "ai.operationId"
_RUNS: Final = frozenset({"ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"})


def read(span: Span) -> Reading:
    """By ``ai.operationId``."""
    operation = span.attributes.get(_OPERATION)
    if not isinstance(operation, str):
        return STEP
    if operation in _RUNS:
        name = _text(span, "ai.telemetry.functionId") or _name_in_prompt(span) or operation
        return Reading("agent", name, f"the span {span.name!r} is a run of its own")
    if operation.endswith((".doGenerate", ".doStream")):
        return Reading("model")
    if operation == "ai.toolCall":
        tool = _text(span, "ai.toolCall.name")
        target = transfer_target(tool, span.attributes.get("ai.toolCall.args"))
        return Reading("tool", tool, target=target, kind="transfer" if target else "tool")
    return STEP


def _name_in_prompt(span: Span) -> str | None:
    prompt = decode(span.attributes.get("ai.prompt"))
    system = prompt.get("system") if isinstance(prompt, Mapping) else None
    return name_in_prompt(system) if isinstance(system, str) else None


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="vercel_ai",
    versions="ai 6.0, generateText and ToolLoopAgent with experimental_telemetry",
    read=read,
    scopes=("ai",),
    marks=(_OPERATION,),
    inputs=("ai.prompt",),
    outputs=("ai.response.text", "ai.response.object"),
)
