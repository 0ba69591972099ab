"""LangGraph and LangChain under Traceloop's OpenLLMetry.

Versions: opentelemetry-instrumentation-langchain 0.52 to 0.62; langgraph 1.0 to 1.2, langchain 1.2 to 1.4.
Examples: ``execute_task planner`` or ``planner.workflow`` with ``traceloop.association.properties.lc_agent_name``;
``ChatOpenAI.chat``, in older versions with ``llm.request.type=chat`` alone; ``execute_tool ask_planner``; ``goto
writer``. ``invoke_agent planner`` wraps every compiled graph, agent or not, often childless beside the span with the
work. ``create_agent`` is a trace of its own.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers.conventions import genai, langgraph, traceloop
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.texts import decode
from tierscope.instrumentation.tiers.transfers import argument, transfer_target

_METADATA: Final = "traceloop.association.properties."
_ENTITY: Final = "traceloop.entity.name"
_WRAPPER: Final = "wrapper"


def read(span: Span) -> Reading:
    """Model, tool and set-up spans as GenAI; everything else by LangGraph's metadata."""
    attributes = span.attributes
    operation = attributes.get(semconv.GEN_AI_OPERATION_NAME)
    if operation == "create_agent":
        return genai.read(span)
    metadata = {key: attributes[_METADATA + key] for key in langgraph.KEYS if _METADATA + key in attributes}
    label = attributes.get(_ENTITY)
    reading = langgraph.step(label if isinstance(label, str) else span.name, metadata)
    if operation in genai.MODEL_OPERATIONS or attributes.get("llm.request.type") in traceloop.REQUESTS:
        reading.role = "model"
    elif operation == semconv.OPERATION_EXECUTE_TOOL or attributes.get(traceloop.KIND) == "tool":
        _read_tool(span, reading)
    elif operation == semconv.OPERATION_INVOKE_AGENT and label is None:
        reading.name, reading.facts = genai.agent_name(span), {_WRAPPER: True}
    elif span.name.startswith("goto "):
        return Reading("handoff", target=span.name[5:], kind="transfer")
    return reading


def refine(nodes: Sequence[Node]) -> None:
    """As LangGraph; then each wrapper is what the graph inside or beside it is."""
    langgraph.refine(nodes)
    for node in nodes:
        if node.reading.facts is not None and _WRAPPER in node.reading.facts:
            graph = _wrapped(node)
            if graph is not None:
                node.reading.role, node.reading.name = graph.reading.role, graph.reading.name
                node.reading.why = graph.reading.why
                node.reading.wraps = True
            elif not node.children:
                node.reading.role = "agent"
                node.reading.why = "it is named invoke_agent, and no other span tells of the same graph"


def _read_tool(span: Span, reading: Reading) -> None:
    name = genai.tool(span).name or reading.name
    arguments = span.attributes.get(semconv.GEN_AI_TOOL_CALL_ARGUMENTS) or _inputs(span)
    reading.role, reading.name = "tool", name
    reading.target = transfer_target(name, arguments)
    reading.kind = "transfer" if reading.target else "tool"
    reading.target = reading.target or argument(arguments, ("subagent_type",))


def _inputs(span: Span) -> AttributeValue:
    """A tool call's arguments where older versions put them."""
    given = decode(span.attributes.get("traceloop.entity.input"))
    return given.get("inputs") if isinstance(given, Mapping) else None


def _wrapped(node: Node) -> Node | None:
    """The span of the same graph: inside, or the next one beside."""
    beside = node.parent.children if node.parent is not None else []
    end = node.span.end_ns
    for other in (*node.children, *beside):
        facts = other.reading.facts
        if other is node or facts is None or facts.get(langgraph.LABEL) != node.reading.name:
            continue
        if other in node.children or (
            other.span.start_ns >= node.span.start_ns and (end is None or other.span.start_ns <= end)
        ):
            return other
    return None


CONVENTION: Final = Convention(
    name="traceloop.langchain",
    versions="opentelemetry-instrumentation-langchain 0.52 to 0.62; langgraph 1.0 to 1.2, langchain 1.2 to 1.4",
    read=read,
    refine=refine,
    scopes=("opentelemetry.instrumentation.langchain*",),
    inputs=("traceloop.entity.input", *genai.INPUTS),
    outputs=("traceloop.entity.output", *genai.OUTPUTS),
    answers_in_model=True,
)
