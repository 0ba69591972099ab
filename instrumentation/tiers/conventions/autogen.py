"""Microsoft AutoGen, as it records itself.

Versions: autogen-core and autogen-agentchat 0.7.5.
Examples: ``invoke_agent planner`` and ``execute_tool transfer_to_writer`` without texts or model calls;
``create_agent`` in a trace of its own. A team's messages are traces too, linked to the span that created them:
``autogen process`` holds the message with its speaker, text and token usage.
"""

from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation.spans import AttributeValue, Span
from tierscope.instrumentation.tiers.conventions import genai
from tierscope.instrumentation.tiers.reading import Convention, Reading
from tierscope.instrumentation.tiers.texts import decode
from tierscope.instrumentation.tiers.values import token_count

_SAYING: Final = ("TextMessage", "StructuredMessage", "StopMessage", "ToolCallSummaryMessage")


def read(span: Span) -> Reading:
    """As GenAI; a processed message tells what its creator said and used."""
    message = span.attributes.get("message")
    if isinstance(message, str) and '"chat_message"' in message:
        return _message(message)
    return genai.read(span)


def _message(text: str) -> Reading:
    response = _field(decode(text), "response")
    said = _field(response, "chat_message")
    inner = _field(response, "inner_messages")
    usages = [_field(m, "models_usage") for m in (said, *(inner if isinstance(inner, list) else ()))]
    known = [u for u in usages if isinstance(u, Mapping)]
    return Reading(
        "message",
        facts={
            "text": _field(said, "content") if _field(said, "type") in _SAYING else None,
            "input_tokens": sum(token_count(u.get("prompt_tokens")) or 0 for u in known) if known else None,
            "output_tokens": sum(token_count(u.get("completion_tokens")) or 0 for u in known) if known else None,
        },
    )


def _field(value: AttributeValue, key: str) -> AttributeValue:
    return value.get(key) if isinstance(value, Mapping) else None


CONVENTION: Final = Convention(
    name="autogen",
    versions="autogen-core and autogen-agentchat 0.7.5",
    read=read,
    scopes=("autogen*",),
    inputs=genai.INPUTS,
    outputs=genai.OUTPUTS,
)
