"""OpenInference, whatever framework it instruments; frameworks with habits of their own have files of their own.

Versions: OpenInference semantic conventions 0.1.
Examples: ``openinference.span.kind`` = AGENT with ``agent.name``; LLM with ``llm.token_count.prompt``; TOOL with
``tool.name`` and its arguments in ``input.value``.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading
from tierscope.instrumentation.tiers.transfers import argument, transfer_target

KIND: Final = "openinference.span.kind"
INPUTS: Final = ("input.value",)
OUTPUTS: Final = ("output.value",)
_DELEGATES: Final = ("subagent_type", "coworker")


def read(span: Span) -> Reading:
    """By ``openinference.span.kind``."""
    kind = span.attributes.get(KIND)
    if kind == "LLM":
        return Reading("model")
    if kind == "TOOL":
        return tool(span)
    if kind == "AGENT":
        name = text(span, "agent.name") or text(span, "graph.node.id") or span.name
        hint = text(span, "graph.node.parent_id")
        return Reading("agent", name, f"the span {span.name!r} has {KIND}=AGENT", parent_hint=hint)
    return STEP


def tool(span: Span) -> Reading:
    """A TOOL span; one that delegates or transfers says to whom."""
    name = text(span, "tool.name") or span.name
    arguments = span.attributes.get("input.value")
    target = transfer_target(name, arguments)
    if target is not None:
        return Reading("tool", name, target=target, kind="transfer")
    return Reading("tool", name, target=argument(arguments, _DELEGATES))


def text(span: Span, key: str) -> str | None:
    """The attribute where it is a text that is not empty."""
    value = span.attributes.get(key)
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="openinference",
    versions="OpenInference semantic conventions 0.1",
    read=read,
    scopes=("openinference.*",),
    marks=(KIND,),
    inputs=INPUTS,
    outputs=OUTPUTS,
)
