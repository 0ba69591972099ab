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
        elif node.reading.role == "tool" and node.reading.target is None and _works_by_itself(node):
            node.reading.target = node.reading.name


def _name_anonymous(nodes: Sequence[Node]) -> None:
    """Name graphs by whom the agent beside them transferred to just before.

    ``call_agent`` is a graph whose name is not recorded. A supervisor one level deeper appears without its graph:
    under a name of its own that nobody transfers to, in place of one that somebody did.
    """
    plain = {plain_name(n.reading.name) for n in nodes if n.reading.role == "agent" and n.reading.name}
    for node in nodes:
        waiting: list[str] = []
        known: dict[str, str] = {}
        for agent in (c for c in node.children if c.reading.role == "agent" and c.reading.name):
            name = agent.reading.name or ""
            meant = next((t for t in waiting if plain_name(t) == plain_name(name)), None)
            if meant is not None:
                waiting.remove(meant)
            elif waiting and (name == _ANONYMOUS or (name not in known and plain_name(waiting[0]) not in plain)):
                meant = waiting.pop(0)
                _rename(agent, meant)
            elif name in known:
                _rename(agent, known[name])
            if name != _ANONYMOUS:
                known.setdefault(name, agent.reading.name or name)
            waiting += [t for c in agent.children if c.reading.kind == "transfer" and (t := c.reading.target)]


def _rename(agent: Node, name: str) -> None:
    if name != agent.reading.name:
        agent.reading.name = name
        agent.reading.why += ", under the name that the agent beside it transferred to just before"


def _merge_supervisor(graph: Node) -> None:
    """A graph without model calls of its own is led by the first agent in it, where that transfers to the others."""
    agents = [c for c in graph.children if c.reading.role == "agent"]
    if len(agents) < 2 or len(agents) < len(graph.children):
        return
    lead = agents[0].reading.name
    turns = [a for a in agents if a.reading.name == lead]
    if any(c.reading.kind == "transfer" for turn in turns for c in turn.children):
        graph.reading.wraps = True
        graph.reading.flow = "handoff"
        for turn in turns:
            turn.reading.name = graph.reading.name
            turn.reading.why = f"{lead} leads the graph {graph.reading.name} and is the same agent"


def _works_by_itself(tool: Node) -> bool:
    """Whether an agent runs in a tool call that does not say whom it calls, as where contents are not recorded."""
    roles = {child.reading.role for child in tool.children}
    return "model" in roles and "tool" in roles


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
