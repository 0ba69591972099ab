"""LlamaIndex under OpenInference.

Versions: openinference-instrumentation-llama-index 4.6, llama-index-core 0.14.
Examples: ``FunctionAgent.run`` around ``BaseWorkflowAgent.run_agent_step``; ``AgentWorkflow.run``; ``OpenAI.achat``
with kind LLM, beside ``OpenAI._prepare_chat_with_tools``, which calls no model; ``FunctionTool.acall`` with
``tool.name`` and its arguments under ``kwargs``. No agent has a span of its own kind.
"""

from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers.conventions import llama_index, openinference
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading
from tierscope.instrumentation.tiers.texts import decode
from tierscope.instrumentation.tiers.transfers import argument


def read(span: Span) -> Reading:
    """Model and tool calls by their kind; everything else is a step of a workflow."""
    if span.name.endswith("_prepare_chat_with_tools"):
        return STEP
    kind = span.attributes.get(openinference.KIND)
    if kind == "TOOL":
        return llama_index.as_handoff(openinference.tool(span), argument(_arguments(span), ("to_agent",)))
    if kind == "LLM":
        return Reading("model")
    return llama_index.step(span, ("input.value", "output.value"))


def _arguments(span: Span) -> AttributeValue:
    given = decode(span.attributes.get("input.value"))
    return given.get("kwargs") if isinstance(given, Mapping) else None


CONVENTION: Final = Convention(
    name="openinference.llama_index",
    versions="openinference-instrumentation-llama-index 4.6, llama-index-core 0.14",
    read=read,
    refine=llama_index.refine,
    scopes=("openinference.instrumentation.llama_index*",),
    answers_in_model=True,
)
