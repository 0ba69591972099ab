"""OpenAI Agents SDK under OpenInference.

Versions: openinference-instrumentation-openai-agents 1.4 to 2.6, openai-agents 0.9 to 0.24.
Examples: ``planner`` with kind AGENT and ``agent.name``; ``response`` or ``generation`` with kind LLM; ``handoff to
writer`` whose input is the giver and whose output is the receiver. The trace itself, ``Agent workflow``, has kind
AGENT too and is a container. Agents carry no text: it is on the model call and on the parent's tool call.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import openinference
from tierscope.instrumentation.tiers.conventions.openinference import KIND, text
from tierscope.instrumentation.tiers.reading import Convention, Reading

_HANDOFF: Final = "handoff to "


def read(span: Span) -> Reading:
    """As OpenInference, with handoffs; an AGENT without ``agent.name`` is the workflow."""
    kind = span.attributes.get(KIND)
    if span.name.startswith(_HANDOFF):
        receiver = text(span, "output.value") or span.name[len(_HANDOFF) :]
        return Reading("handoff", target=receiver, kind="handoff", giver=text(span, "input.value"))
    if kind == "AGENT":
        name = text(span, "agent.name") or text(span, "graph.node.id")
        if name is not None:
            why = f"the span {span.name!r} has {KIND}=AGENT and agent.name"
            return Reading("agent", name, why, parent_hint=text(span, "graph.node.parent_id"))
    if kind == "AGENT" or (kind == "CHAIN" and span.name != "turn"):
        return Reading("container", span.name, flow="handoff")
    return openinference.read(span)


CONVENTION: Final = Convention(
    name="openinference.openai_agents",
    versions="openinference-instrumentation-openai-agents 1.4 to 2.6, openai-agents 0.9 to 0.24",
    read=read,
    scopes=("openinference.instrumentation.openai_agents*",),
    answers_in_model=True,
)
