"""Claude Code's traces.

Versions: Claude Code 2.1.139, by its documentation.
Examples: ``claude_code.interaction`` is the main session; ``claude_code.llm_request`` with ``agent_id`` is a request of
a subagent, which has no span of its own: ``agent.name`` is its type, and ``parent_agent_id`` another subagent that
spawned it; ``claude_code.tool``.
"""

from typing import Final

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.reading import STEP, Convention, Reading


def read(span: Span) -> Reading:
    """By the span's name and ``agent_id``."""
    if span.name == "claude_code.interaction":
        return Reading("agent", "claude_code", "it is the main session")
    if span.name == "claude_code.llm_request":
        own = _text(span, "agent_id")
        if own is None:
            return Reading("model")
        return Reading(
            "agent",
            _text(span, "agent.name") or own,
            f"a request has agent_id={own}",
            references=(own,),
            parent_reference=_text(span, "parent_agent_id"),
            is_call=True,
        )
    if span.name == "claude_code.tool":
        return Reading("tool", _text(span, "tool_name"))
    return STEP


def _text(span: Span, key: str) -> str | None:
    value = span.attributes.get(key)
    return value if isinstance(value, str) and value else None


CONVENTION: Final = Convention(
    name="claude_code",
    versions="Claude Code 2.1.139, by its documentation",
    read=read,
    scopes=("com.anthropic.claude_code*",),
)
