"""LlamaIndex under Traceloop's OpenLLMetry.

Versions: opentelemetry-instrumentation-llamaindex 0.62, llama-index-core 0.14.
Examples: ``FunctionAgent.workflow`` or, deeper, ``run.task`` around ``BaseWorkflowAgent.task``, one for each step,
whose ``traceloop.entity.output`` is the event that it returned; ``OpenAI.task`` with ``gen_ai.operation.name=chat``; a
step that calls a tool has ``tool.name`` and ``tool.arguments``.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai, llama_index
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.transfers import argument


def read(span: Span) -> Reading:
    """Model calls as GenAI, tool calls by ``tool.name``; everything else is a step of a workflow."""
    if span.attributes.get("gen_ai.operation.name") in genai.MODEL_OPERATIONS:
        return Reading("model")
    tool = span.attributes.get("tool.name")
    if isinstance(tool, str):
        receiver = argument(span.attributes.get("tool.arguments"), ("to_agent",))
        return llama_index.as_handoff(Reading("tool", tool), receiver)
    return llama_index.step(span, ("traceloop.entity.input", "traceloop.entity.output"))


CONVENTION: Final = Convention(
    name="traceloop.llama_index",
    versions="opentelemetry-instrumentation-llamaindex 0.62, llama-index-core 0.14",
    read=read,
    refine=llama_index.refine,
    scopes=("opentelemetry.instrumentation.llamaindex*",),
    answers_in_model=True,
)
