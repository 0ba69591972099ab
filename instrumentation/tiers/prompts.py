"""The system prompt of a model call, and the name that it gives to the agent."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers.texts import decode, first_value, question

_NAMED: Final = (
    re.compile(r"Your internal name is \"(?P<name>[^\"]+)\""),
    re.compile(r"(?:^|\b)(?:You are|You're|Your name is)[^.\n]*? (?:agent )?named '(?P<name>[^']+)'"),
    re.compile(
        r"^\s*(?:You are|You're|Your name is|Act as)(?: the| an?| called| named)? "
        r"(?P<name>[\w-]{1,40}|[A-Z][\w&-]*(?: [A-Z][\w&-]*){1,3})(?=[.,:;!\n]|$)"
    ),
)
"""Google ADK's sentence, smolagents' sentence, and the usual opening of a prompt."""


def system_prompt(span: Span) -> str | None:
    """The system prompt that a model call was sent."""
    own = first_value(span, ("gen_ai.system_instructions", "event:gen_ai.system.message"))
    if own is not None:
        return question(own)
    if span.attributes.get("llm.input_messages.0.message.role") == "system":
        text = span.attributes.get(
            "llm.input_messages.0.message.content",
            span.attributes.get("llm.input_messages.0.message.contents.0.message_content.text"),
        )
        return text if isinstance(text, str) else None
    for key in ("gen_ai.input.messages", "gen_ai.prompt"):
        found = _system_message(decode(span.attributes.get(key)), 0)
        if found is not None:
            return found
    return None


def name_in_prompt(prompt: str) -> str | None:
    """The agent's name, where the prompt opens with it or gives it in a framework's own sentence."""
    for pattern in _NAMED:
        match = pattern.search(prompt)
        if match is not None:
            return match["name"]
    return None


def _system_message(value: AttributeValue, depth: int) -> str | None:
    if depth > 4:
        return None
    if isinstance(value, Mapping):
        return _system_message(value.get("messages"), depth + 1)
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    for item in value:
        if isinstance(item, Mapping):
            inner = item.get("kwargs", item.get("data", item))
            role = item.get("role", inner.get("type") if isinstance(inner, Mapping) else None)
            if role in ("system", "developer"):
                return question([{**(inner if isinstance(inner, Mapping) else item), "role": "user"}])
        else:
            found = _system_message(item, depth + 1)
            if found is not None:
                return found
    return None
