"""OpenAI Agents SDK under Pydantic Logfire.

Versions: logfire 4.24 to 5.2, openai-agents 0.9 to 0.24.
Examples: ``Agent run: {name!r}`` with the agent in ``name``; ``Function: {name}`` with ``input`` and ``output``;
``Handoff: {from_agent} → {to_agent}``; ``Responses API with ...`` and ``Chat completion with ...``. The usage of
``Turn`` and ``Task`` mixes agents that run side by side: it is not used.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading

_MODELS: Final = ("Responses API", "Chat completion")


def read(span: Span) -> Reading:
    """By the message template, which is the span's name."""
    template = _text(span, "logfire.msg_template") or span.name
    name = _text(span, "name")
    if template.startswith("Agent run:"):
        if name is None:
            return STEP
        return Reading("agent", name, f"the span {template!r} has name={name!r}", members=_members(span))
    if template.startswith("Function:"):
        return Reading("tool", name)
    if template.startswith("Handoff:"):
        return Reading("handoff", target=_text(span, "to_agent"), giver=_text(span, "from_agent"), kind="handoff")
    if template.startswith(("OpenAI Agents trace:", "Task:")):
        return Reading("container", name, flow="handoff")
    if template.startswith(_MODELS) or span.attributes.get("gen_ai.operation.name") in genai.MODEL_OPERATIONS:
        return Reading("model")
    return STEP


def _members(span: Span) -> tuple[str, ...]:
    handoffs = span.attributes.get("handoffs")
    return tuple(h for h in handoffs if isinstance(h, str)) if isinstance(handoffs, list) else ()


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="logfire.openai_agents",
    versions="logfire 4.24 to 5.2, openai-agents 0.9 to 0.24",
    read=read,
    scopes=("logfire.openai_agents*",),
    answers_in_model=True,
)
