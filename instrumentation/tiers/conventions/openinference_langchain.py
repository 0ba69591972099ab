"""LangGraph and LangChain under OpenInference.

Versions: openinference-instrumentation-langchain 0.1.59 to 0.1.80; langgraph 1.0 to 1.2, langchain 1.2 to 1.4.
Examples: any span with LangGraph's metadata as JSON in ``metadata``; kind LLM with ``llm.token_count.*``; kind
TOOL, whose ``metadata`` may hold ``__handoff_destination``. Kind AGENT only says that the span's name holds
"agent", as in the tool ``ask_agent_smith``: what else the span has tells tools and model calls.
"""

from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers.conventions import langgraph, openinference
from tierscope.instrumentation.tiers.conventions.openinference import KIND
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.texts import decode

_OF_MODEL_CALLS: Final = ("llm.invocation_parameters", "llm.token_count.prompt", "llm.token_count.total")


def read(span: Span) -> Reading:
    """Model and tool calls by their kind, everything else by LangGraph's metadata."""
    metadata = decode(span.attributes.get("metadata"))
    found: Mapping[str, AttributeValue] = metadata if isinstance(metadata, Mapping) else {}
    reading = langgraph.step(span.name, found)
    kind = _kind(span)
    if kind == "LLM":
        reading.role = "model"
    elif kind == "TOOL":
        tool = openinference.tool(span)
        target = _text(found.get("__handoff_destination"))
        reading.role, reading.name = "tool", tool.name
        reading.target, reading.kind = (target, "transfer") if target else (tool.target, tool.kind)
    elif kind == "AGENT" and not found:
        reading.role, reading.why = "agent", f"the span {span.name!r} has {KIND}=AGENT"
    return reading


def _kind(span: Span) -> AttributeValue:
    attributes = span.attributes
    kind = attributes.get(KIND)
    if kind != "AGENT":
        return kind
    if "tool.name" in attributes:
        return "TOOL"
    return "LLM" if any(key in attributes for key in _OF_MODEL_CALLS) else kind


def _text(value: AttributeValue) -> str | None:
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="openinference.langchain",
    versions="openinference-instrumentation-langchain 0.1.59 to 0.1.80; langgraph 1.0 to 1.2, langchain 1.2 to 1.4",
    read=read,
    refine=langgraph.refine,
    scopes=("openinference.instrumentation.langchain*",),
    inputs=openinference.INPUTS,
    outputs=openinference.OUTPUTS,
    answers_in_model=True,
)
