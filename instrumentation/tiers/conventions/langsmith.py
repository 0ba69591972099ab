"""LangGraph and LangChain as LangSmith exports them to OpenTelemetry.

Versions: langsmith 0.7 to 0.14 with LANGSMITH_OTEL_ENABLED; langgraph 1.0 to 1.2, langchain 1.2 to 1.4.
Examples: ``langsmith.metadata.lc_agent_name``, ``langsmith.metadata.langgraph_node``; ``langsmith.span.kind`` = llm
with ``gen_ai.usage.*``, tool with ``gen_ai.tool.name``, chain for all else. Chains may repeat the usage of what
they hold.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai, langgraph
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.transfers import argument, transfer_target

_METADATA: Final = "langsmith.metadata."
_KIND: Final = "langsmith.span.kind"


def read(span: Span) -> Reading:
    """Model and tool calls by their kind, everything else by LangGraph's metadata."""
    attributes = span.attributes
    metadata = {key: attributes[_METADATA + key] for key in langgraph.KEYS if _METADATA + key in attributes}
    reading = langgraph.step(span.name, metadata)
    kind = attributes.get(_KIND)
    if kind == "llm":
        reading.role = "model"
    elif kind == "tool":
        name = attributes.get("gen_ai.tool.name")
        reading.role, reading.name = "tool", name if isinstance(name, str) else span.name
        arguments = attributes.get("gen_ai.prompt")
        reading.target = transfer_target(reading.name, arguments)
        reading.kind = "transfer" if reading.target else "tool"
        reading.target = reading.target or argument(arguments, ("subagent_type",))
    return reading


CONVENTION: Final = Convention(
    name="langsmith",
    versions="langsmith 0.7 to 0.14 with LANGSMITH_OTEL_ENABLED; langgraph 1.0 to 1.2, langchain 1.2 to 1.4",
    read=read,
    refine=langgraph.refine,
    scopes=("langsmith*",),
    marks=(_KIND,),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
    answers_in_model=True,
)
