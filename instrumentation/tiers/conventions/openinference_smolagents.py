"""smolagents under OpenInference.

Versions: openinference-instrumentation-smolagents 0.1.22 to 0.1.43, smolagents 1.24 to 1.26.
Examples: ``planner.run`` with kind AGENT and ``smolagents.managed_agents.0.name``; ``Step 1``;
``ScriptedModel.generate`` with kind LLM. A managed agent runs inside its manager's step, without a tool span. The
span of an agent that raises never ends: its steps are orphans, and name their agent in the prompt only.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import openinference
from tierscope.instrumentation.tiers.conventions.openinference import KIND, text
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.prompts import name_in_prompt
from tierscope.instrumentation.tiers.reading import Convention, Reading

_MANAGED: Final = "smolagents.managed_agents."
_MESSAGE: Final = "llm.input_messages.{}.message.contents.0.message_content.text"


def read(span: Span) -> Reading:
    """As OpenInference; the agent's name is the span's without ``.run``."""
    if span.attributes.get(KIND) == "AGENT":
        name = span.name.removesuffix(".run")
        return Reading("agent", name, f"the span {span.name!r} has {KIND}=AGENT", members=_managed(span))
    return openinference.read(span)


def refine(nodes: Sequence[Node]) -> None:
    """Steps whose agent's span never came: the task in their prompt says whose they are."""
    for node in nodes:
        step = node.parent
        if node.reading.role == "model" and step is not None and step.parent is not None and step.parent.missing:
            step.reading = Reading("step", owner=_named_in_task(node.span))


def _named_in_task(span: Span) -> str | None:
    for position in range(1, 3):
        task = text(span, _MESSAGE.format(position))
        if task is not None and "named '" in task:
            return name_in_prompt(task)
    return None


def _managed(span: Span) -> tuple[str, ...]:
    names: list[str] = []
    while (name := text(span, f"{_MANAGED}{len(names)}.name")) is not None:
        names.append(name)
    return tuple(names)


CONVENTION: Final = Convention(
    name="openinference.smolagents",
    versions="openinference-instrumentation-smolagents 0.1.22 to 0.1.43, smolagents 1.24 to 1.26",
    read=read,
    refine=refine,
    scopes=("openinference.instrumentation.smolagents*",),
    inputs=openinference.INPUTS,
    outputs=openinference.OUTPUTS,
)
