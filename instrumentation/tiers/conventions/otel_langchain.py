"""LangGraph and LangChain under OpenTelemetry's own GenAI instrumentation.

Versions: opentelemetry-instrumentation-genai-langchain 1.3b0; langgraph 1.2, langchain 1.4.
Examples: ``invoke_agent planner``; ``invoke_workflow issue`` for a graph whose name is no agent's, or for a deep
agent; ``execute_tool task`` with ``subagent_type``; ``invoke_agent call_agent``, which is langgraph-supervisor's
name for a graph that it runs. Nodes have no spans: agents of a Send fan-out are known by the system prompts of
their model calls alone.
"""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.handoffs import plain_name
from tierscope.instrumentation.tiers.prompts import name_in_prompt, system_prompt
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.transfers import argument

_ANONYMOUS: Final = "call_agent"


def read(span: Span) -> Reading:
    """As GenAI; the tool ``task`` runs the subagent that it names."""
    reading = genai.read(span)
    if reading.role == "tool" and reading.target is None:
        reading.target = argument(span.attributes.get(semconv.GEN_AI_TOOL_CALL_ARGUMENTS), ("subagent_type",))
    elif reading.role == "container":
        reading.may_lead = True
    return reading


def refine(nodes: Sequence[Node]) -> None:
    """Name the graphs that a supervisor runs, merge inner supervisors, and find agents that have no spans."""
    _name_anonymous(nodes)
    for node in nodes:
        if node.reading.role == "agent":
            _merge_supervisor(node)
        elif node.reading.role == "container":
            _split_by_prompts(node)


def _name_anonymous(nodes: Sequence[Node]) -> None:
    """``call_agent`` is whoever was transferred to just before and has no span under its own name."""
    waiting: list[str] = []
    for node in sorted(nodes, key=lambda n: n.span.start_ns):
        reading = node.reading
        if reading.kind == "transfer" and reading.target:
            waiting.append(reading.target)
        elif reading.role == "agent" and reading.name:
            known = next((t for t in waiting if plain_name(t) == plain_name(reading.name or "")), None)
            if known is not None:
                waiting.remove(known)
            elif reading.name == _ANONYMOUS and waiting:
                reading.name = waiting.pop(0)
                reading.why = f"{reading.why}, under the name that its supervisor transferred to just before"


def _merge_supervisor(graph: Node) -> None:
    """A graph without model calls of its own is led by the first agent in it, where that transfers to the others."""
    agents = [c for c in graph.children if c.reading.role == "agent"]
    if len(agents) < 2 or len(agents) < len(graph.children):
        return
    lead = agents[0].reading.name
    turns = [a for a in agents if a.reading.name == lead]
    if any(c.reading.kind == "transfer" for turn in turns for c in turn.children):
        graph.reading.wraps = True
        for turn in turns:
            turn.reading.name = graph.reading.name
            turn.reading.why = f"{lead} leads the graph {graph.reading.name} and is the same agent"


def _split_by_prompts(container: Node) -> None:
    """Model calls straight in a workflow: one agent, the workflow, or several by their system prompts."""
    calls = [c for c in container.children if c.reading.role == "model"]
    if not calls:
        return
    prompts = [system_prompt(c.span) for c in calls]
    names = [name_in_prompt(p) if p else None for p in prompts]
    if len(set(prompts)) > 1 and None not in names:
        for call, name in zip(calls, names, strict=True):
            call.reading = Reading(
                "agent", name, "its model call has a system prompt of its own that names it", is_call=True
            )
    else:
        reading = container.reading
        reading.role, reading.why = "agent", f"the workflow {reading.name!r} calls a model itself"


CONVENTION: Final = Convention(
    name="otel.langchain",
    versions="opentelemetry-instrumentation-genai-langchain 1.3b0; langgraph 1.2, langchain 1.4",
    read=read,
    refine=refine,
    scopes=("opentelemetry.instrumentation.genai.langchain*",),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
    answers_in_model=True,
)
