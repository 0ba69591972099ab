"""LangGraph and LangChain by their own metadata, which OpenInference, LangSmith and Traceloop all pass on.

Versions: langgraph 1.0 to 1.2, langchain 1.2 to 1.4, langgraph-supervisor 0.0.31, langgraph-swarm 0.1,
    deepagents 0.4 to 0.7.
Examples: ``lc_agent_name`` on the span of a ``create_agent`` agent; ``langgraph_node`` and
``langgraph_checkpoint_ns`` on all that runs inside a graph; ``langgraph_triggers=["__pregel_push"]`` after a Send.

What is an agent, best evidence first: a graph made by ``create_agent``; a graph whose nodes call models; a node
that a Send started and that calls a model; nodes of one graph that call models under different system prompts. A
graph that only holds agents is a container, or, where another graph or agent runs it, one agent with its
supervisor.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.instrumentation.spans import AttributeValue
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.prompts import system_prompt
from tierscope.instrumentation.tiers.reading import Reading, SpanRole
from tierscope.instrumentation.tiers.texts import decode

LABEL: Final = "label"
"""Among a reading's facts: the span's own name, without what the instrumentation adds to it."""
KEYS: Final = ("langgraph_node", "langgraph_checkpoint_ns", "langgraph_triggers", "lc_agent_name")
_PUSHED: Final = "__pregel_push"
_UNNAMED: Final = "LangGraph"
_ONE_AGENT: Final = frozenset(
    {"agent", "model", "call_model", "llm", "chatbot", "assistant", "generate_structured_response"}
)
"""Nodes that ready-made single agents are built of."""


def step(label: str, metadata: Mapping[str, AttributeValue]) -> Reading:
    """A span with LangGraph's metadata; ``refine`` decides what it is."""
    facts = {key: metadata[key] for key in KEYS if key in metadata}
    facts[LABEL] = label
    agent = metadata.get("lc_agent_name")
    return Reading("step", label, facts=facts, owner=agent if isinstance(agent, str) and agent != label else None)


def refine(nodes: Sequence[Node]) -> None:
    """Tell agents from graphs, nodes and chains, now that the tree is known."""
    graphs = _Graphs(nodes)
    for node in reversed(nodes):
        steps = graphs.steps.get(id(node))
        if steps:
            _decide(node, steps, graphs)
        elif node.reading.role == "step" and _made_by_create_agent(node):
            node.reading.role, node.reading.why = "agent", "its lc_agent_name is its own name"
    if any(node.parent is not None and node.parent.missing for node in nodes):
        _refer_by_namespace(nodes, graphs)


def _refer_by_namespace(nodes: Sequence[Node], graphs: "_Graphs") -> None:
    """What ran in a node whose span never came still bears the namespace of that node's graph."""
    for node in nodes:
        steps = graphs.steps.get(id(node))
        if steps:
            node.reading.references = tuple({ns for s in steps if (ns := _fact(s, "langgraph_checkpoint_ns"))})
        if node.parent is not None and node.parent.missing:
            node.reading.parent_reference = _fact(node, "langgraph_checkpoint_ns")


class _Graphs:
    """Which spans are graphs, which are nodes of them, and where models are called."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.steps: dict[int, list[Node]] = {}
        """id of a graph's span -> its node spans, by start."""
        self.step_of: dict[int, Node] = {}
        """id of a span -> the nearest node span at or above it."""
        self.calls: dict[int, list[Node]] = {}
        """id of a node span -> model calls that it makes outside graphs and tools inside it."""
        self.inner: dict[int, list[Node]] = {}
        """id of a node span -> the graphs that it runs."""
        self.in_tool: set[int] = set()
        """ids of spans inside a tool call of the nearest node."""
        self.transferring: set[int] = set()
        """ids of graphs in which a transfer tool was called."""
        for node in nodes:
            self._place(node)

    def runs(self, step: Node) -> bool:
        """Whether a node runs a graph itself, not in a tool call."""
        return any(id(graph) not in self.in_tool for graph in self.inner.get(id(step), ()))

    def _place(self, node: Node) -> None:
        above = node.parent
        found = self.step_of.get(id(above)) if above is not None else None
        if above is not None and _is_node_span(node, above):
            self.steps.setdefault(id(above), []).append(node)
            if id(above) in self.step_of and len(self.steps[id(above)]) == 1:
                self.inner.setdefault(id(self.step_of[id(above)]), []).append(above)
            found = node
        elif above is not None and (above.reading.role == "tool" or id(above) in self.in_tool):
            self.in_tool.add(id(node))
        if found is not None:
            self.step_of[id(node)] = found
            if node.reading.role == "model":
                if id(node) not in self.in_tool:
                    self.calls.setdefault(id(found), []).append(node)
            elif node.reading.kind == "transfer" and found.parent is not None:
                self.transferring.add(id(found.parent))


def _is_node_span(node: Node, above: Node) -> bool:
    label, name = _fact(node, LABEL), _fact(node, "langgraph_node")
    if label is None or label != name or above.reading.role == "tool":
        return False
    return _fact(node, "langgraph_checkpoint_ns") != _fact(above, "langgraph_checkpoint_ns") or above.missing


def _decide(graph: Node, steps: Sequence[Node], graphs: _Graphs) -> None:
    """What a graph is, and which of its nodes are agents; graphs inside it are decided already."""
    if _made_by_create_agent(graph):
        _set(graph, "agent", _fact(graph, LABEL), "its lc_agent_name is its own name")
        return
    working = [s for s in steps if graphs.calls.get(id(s))]
    sent = [s for s in working if _sent(s)]
    own = [s for s in working if s not in sent]
    for node in sent:
        _set(node, "agent", _fact(node, LABEL), "a Send started this node, and it calls a model")
    if graph.missing:
        if sent or any(graphs.inner.get(id(s)) for s in steps):
            _set(graph, "container", None, "")
        return
    if not sent and _under_different_prompts(own, graphs):
        for node in own:
            why = "it is one of several nodes that call models under different system prompts"
            _set(node, "agent", _fact(node, LABEL), why)
        own = []
    dispatched = [s for s in steps if _sent(s) and (s in sent or graphs.runs(s))]
    if own:
        called = ", ".join(sorted({str(_fact(s, LABEL)) for s in own}))
        _set(graph, "agent", _name(graph, graphs), f"it is a graph whose nodes call a model: {called}")
    elif dispatched and not _supervisor(steps, graphs):
        to = ", ".join(sorted({str(_fact(s, LABEL)) for s in dispatched}))
        _set(graph, "agent", _name(graph, graphs), f"it is a graph that sends work to its nodes: {to}")
    elif any(graphs.inner.get(id(s)) for s in steps) or sent or working:
        _hold(graph, steps, graphs)


def _hold(graph: Node, steps: Sequence[Node], graphs: _Graphs) -> None:
    """A graph that only holds agents: a container, unless it runs inside another, by its supervisor."""
    hub = _supervisor(steps, graphs)
    if id(graph) not in graphs.step_of or not hub:
        _set(graph, "container", _fact(graph, LABEL), "")
        return
    name = _name(graph, graphs)
    _set(graph, "agent", name, "it is a graph inside another, led by its supervisor")
    graph.reading.wraps = True
    for inside in hub:
        why = f"{_fact(inside, LABEL)} leads the graph {name} and is the same agent"
        _set(inside, "agent", name, why)


def _supervisor(steps: Sequence[Node], graphs: _Graphs) -> list[Node]:
    """The graphs of the node that runs first, where it transfers to others."""
    first = next((s for s in steps if graphs.inner.get(id(s))), None)
    if first is None:
        return []
    turns = [g for s in steps if _fact(s, LABEL) == _fact(first, LABEL) for g in graphs.inner.get(id(s), [])]
    return turns if any(id(g) in graphs.transferring for g in turns) else []


def _sent(node: Node) -> bool:
    return _PUSHED in str(_fact(node, "langgraph_triggers"))


def _under_different_prompts(own: Sequence[Node], graphs: _Graphs) -> bool:
    labels = {_fact(s, LABEL) for s in own}
    if len(labels) < 2 or labels & _ONE_AGENT:
        return False
    prompts = {_fact(s, LABEL): system_prompt(graphs.calls[id(s)][0].span) for s in own}
    return None not in prompts.values() and len(set(prompts.values())) == len(prompts)


def _made_by_create_agent(node: Node) -> bool:
    """Whether a span bears its agent's name and is not the node ``model`` of an agent that is called model too."""
    above = node.parent
    return _bears_its_name(node) and not (
        above is not None and _bears_its_name(above) and _same_label(node, above) and _is_node_span(node, above)
    )


def _bears_its_name(node: Node) -> bool:
    label = _fact(node, LABEL)
    return label is not None and label == _fact(node, "lc_agent_name")


def _same_label(node: Node, above: Node) -> bool:
    return _fact(node, LABEL) == _fact(above, LABEL)


def _name(graph: Node, graphs: _Graphs) -> str | None:
    """The graph's own name; of an unnamed graph the name of the node that runs it."""
    label = _fact(graph, LABEL)
    step_above = graphs.step_of.get(id(graph))
    return _fact(step_above, LABEL) if label == _UNNAMED and step_above is not None else label


def _set(node: Node, role: SpanRole, name: str | None, why: str) -> None:
    node.reading.role, node.reading.name, node.reading.why = role, name, why


def _fact(node: Node, key: str) -> str | None:
    facts = node.reading.facts
    if facts is None:
        return None
    value = decode(facts.get(key)) if key == "langgraph_triggers" else facts.get(key)
    return value if isinstance(value, str) or value is None else str(value)
