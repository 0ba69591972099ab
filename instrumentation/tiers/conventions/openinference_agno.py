"""Agno under OpenInference.

Versions: openinference-instrumentation-agno 1.0, agno 3.1.
Examples: ``planner.run`` with kind AGENT, ``graph.node.id`` and the ``graph.node.parent_id`` of the team that it works
for; ``OpenAIChat.invoke``; ``delegate_task_to_member``, beside the run that it starts. What a team does after a member
has answered hangs below that member, whose span has ended by then.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import openinference
from tierscope.instrumentation.tiers.conventions.openinference import KIND, text
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import Convention, Reading


def read(span: Span) -> Reading:
    """As OpenInference, with ids that name the parent."""
    if span.attributes.get(KIND) != "AGENT":
        return openinference.read(span)
    name = text(span, "agent.name") or text(span, "graph.node.name") or span.name.removesuffix(".run")
    own, parent = text(span, "graph.node.id"), text(span, "graph.node.parent_id")
    why = f"the span {span.name!r} has {KIND}=AGENT"
    return Reading("agent", name, why, references=(own,) if own else (), parent_reference=parent)


def refine(nodes: Sequence[Node]) -> None:
    """What began after the run above it had ended belongs to the nearest span above that was still open."""
    for node in nodes:
        above = node.parent
        while above is not None and above.parent is not None and _had_ended(above, node):
            above = above.parent
        if above is not None and above is not node.parent and node.parent is not None:
            node.parent.children.remove(node)
            above.children.append(node)
            node.parent = above


def _had_ended(above: Node, node: Node) -> bool:
    return above.span.end_ns is not None and above.span.end_ns <= node.span.start_ns


CONVENTION: Final = Convention(
    name="openinference.agno",
    versions="openinference-instrumentation-agno 1.0, agno 3.1",
    read=read,
    refine=refine,
    scopes=("openinference.instrumentation.agno*",),
    inputs=openinference.INPUTS,
    outputs=openinference.OUTPUTS,
)
