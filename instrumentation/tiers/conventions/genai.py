"""OpenTelemetry GenAI semantic conventions, as any instrumentation may write them.

Versions: semantic conventions 1.27 to 1.43, and the proposed transfer and caller attributes.
Examples: ``invoke_agent planner`` with ``gen_ai.operation.name=invoke_agent`` and ``gen_ai.agent.name=planner``;
``chat gpt-5`` below it; ``execute_tool search``; a container such as ``invoke_workflow``.
"""

from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading, SpanRole
from tierscope.instrumentation.tiers.transfers import transfer_target

MODEL_OPERATIONS: Final = frozenset({"chat", "text_completion", "generate_content", "completion", "embeddings"})
CONTAINERS: Final = frozenset({"invoke_workflow", "invoke_graph", "invoke_swarm", "invoke_crew", "workflow"})
INPUTS: Final = ("gen_ai.input.messages", "tierscope.input", "gen_ai.prompt")
OUTPUTS: Final = ("gen_ai.output.messages", "tierscope.output", "gen_ai.completion")

_AGENT_NAMES: Final = ("gen_ai.agent.name", "agent_name", "agent.name")

_TARGETS: Final = ("gen_ai.transfer.target.name", "gen_ai.agent.handoff.target.name")
_OWNERS: Final = (semconv.GEN_AI_AGENT_NAME, "gen_ai.caller.agent.name", "gen_ai.agent.handoff.source.name")
_RETURNING: Final = ("call", "delegate", "delegation", "request", "wait")
"""Modes of a transfer that gives control back."""


def read(span: Span) -> Reading:
    """By ``gen_ai.operation.name``."""
    operation = span.attributes.get(semconv.GEN_AI_OPERATION_NAME)
    if operation is None:
        return STEP
    if operation == semconv.OPERATION_INVOKE_AGENT:
        return agent(span)
    if operation in MODEL_OPERATIONS:
        return Reading("model", owner=_text(span, semconv.GEN_AI_AGENT_NAME))
    if operation == semconv.OPERATION_EXECUTE_TOOL:
        return tool(span)
    if operation in CONTAINERS:
        return Reading("container", _text(span, "gen_ai.workflow.name"))
    if operation == "create_agent":
        return Reading("setup", agent_name(span))
    return STEP


def agent(span: Span) -> Reading:
    """An ``invoke_agent`` span."""
    name = agent_name(span)
    if name is None:
        return STEP
    own = _text(span, "agent_id")
    return Reading(
        "agent",
        name,
        f"the span {span.name!r} has gen_ai.operation.name=invoke_agent",
        parent_name=_text(span, "gen_ai.caller.agent.name") or _text(span, "gen_ai.caller.name"),
        references=(own,) if own else (),
        parent_reference=_text(span, "parent_agent_id"),
    )


def tool(span: Span, role: SpanRole = "tool") -> Reading:
    """An ``execute_tool`` span; one that transfers says to whom."""
    name = _text(span, semconv.GEN_AI_TOOL_NAME) or _behind(span, semconv.OPERATION_EXECUTE_TOOL)
    target = next((found for key in _TARGETS if (found := _text(span, key))), None) or transfer_target(
        name, span.attributes.get(semconv.GEN_AI_TOOL_CALL_ARGUMENTS)
    )
    returns = target is None or span.attributes.get("gen_ai.transfer.mode") in _RETURNING
    owner = next((found for key in _OWNERS if (found := _text(span, key))), None)
    return Reading(role, name, target=target, kind="tool" if returns else "transfer", owner=owner)


def agent_name(span: Span) -> str | None:
    """The agent's name by any of the attributes in use, else what follows ``invoke_agent`` in the span's name."""
    for key in _AGENT_NAMES:
        name = _text(span, key)
        if name:
            return name
    return _behind(span, semconv.OPERATION_INVOKE_AGENT)


def _behind(span: Span, operation: str) -> str | None:
    """What follows the operation in the span's name."""
    first, _, rest = span.name.partition(" ")
    return rest.strip() or None if first == operation else None


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="otel.genai",
    versions="semantic conventions 1.27 to 1.43, and the proposed transfer and caller attributes",
    read=read,
    marks=(semconv.GEN_AI_OPERATION_NAME,),
    inputs=INPUTS,
    outputs=OUTPUTS,
)
