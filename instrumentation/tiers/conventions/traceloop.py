"""Traceloop's OpenLLMetry; frameworks with habits of their own have files of their own.

Versions: OpenLLMetry 0.62 with openai-agents 0.24.
Examples: ``traceloop.span.kind`` = workflow, agent, tool or task; ``planner.agent`` with ``gen_ai.agent.name``;
``openai.response`` with ``gen_ai.operation.name=chat``; ``planner → writer.handoff`` of the OpenAI Agents SDK,
whose agents all stand side by side, those that were called as tools too.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import STEP, Convention, Flow, Reading

KIND: Final = "traceloop.span.kind"
REQUESTS: Final = ("chat", "completion")
"""Values of ``llm.request.type``, by which older versions mark model calls."""
INPUTS: Final = ("traceloop.entity.input", *genai.INPUTS)
OUTPUTS: Final = ("traceloop.entity.output", *genai.OUTPUTS)


def read(span: Span) -> Reading:
    """By ``traceloop.span.kind``, else as GenAI."""
    kind = span.attributes.get(KIND)
    if kind == "workflow":
        name = span.attributes.get("traceloop.workflow.name", span.attributes.get("traceloop.entity.name"))
        return Reading("container", name if isinstance(name, str) else None, flow=_flow(span))
    if kind == "handoff":
        return _handoff(span)
    if kind == "agent":
        name = genai.agent_name(span) or span.name.removesuffix(".agent")
        return Reading("agent", name, f"the span {span.name!r} has {KIND}=agent")
    if kind == "task":
        return STEP
    if kind == "tool":
        return genai.tool(span)
    if span.attributes.get("llm.request.type") in REQUESTS:
        return Reading("model")
    return genai.read(span)


def _flow(span: Span) -> Flow | None:
    return "handoff" if span.scope_name.endswith("openai_agents") else None


def _handoff(span: Span) -> Reading:
    giver, receiver = (span.attributes.get(f"gen_ai.handoff.{end}_agent") for end in ("from", "to"))
    known = isinstance(receiver, str) and receiver != "unknown"
    return Reading(
        "handoff",
        target=receiver if isinstance(receiver, str) and known else None,
        giver=giver if isinstance(giver, str) else None,
        kind="handoff",
    )


CONVENTION: Final = Convention(
    name="traceloop",
    versions="OpenLLMetry 0.62 with openai-agents 0.24",
    read=read,
    scopes=("opentelemetry.instrumentation.openai_agents*", "traceloop*"),
    marks=(KIND,),
    inputs=INPUTS,
    outputs=OUTPUTS,
)
