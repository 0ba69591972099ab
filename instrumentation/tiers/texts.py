"""Plain text out of what an instrumentation wrote: messages of several dialects, JSON in strings, tool arguments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson

from tierscope.instrumentation.spans import AttributeValue, Span

_Fields: TypeAlias = "dict[str, AttributeValue]"

_ANSWERERS: Final = frozenset({"assistant", "ai", "model", "agent", "AIMessageChunk"})
_ASKERS: Final = frozenset({"user", "human"})
_OTHERS: Final = frozenset({"system", "developer", "tool", "function", "tool-call", "tool-response"})
_RETURNERS: Final = _ANSWERERS | {"tool", "function"}
_SPEAKERS: Final = _ANSWERERS | _ASKERS | _OTHERS
_NOT_SAID: Final = frozenset(
    {"tool_call", "tool_use", "function_call", "tool_call_response", "tool_result", "thinking", "reasoning"}
)
"""Types of message parts that are not what the speaker says to the reader."""
_HOLDERS: Final = (
    "messages", "final_output", "raw", "outputs", "output", "update", "generations", "choices", "message", "parts",
    "contents", "message_content", "content", "text", "response", "result", "final", "answer",
)  # fmt: skip
"""Keys under which a dict keeps its text, best first."""
_ARGUMENTS: Final = ("request", "task", "input", "query", "prompt", "question", "message", "description", "input_str")
_EMPTY: Final[tuple[AttributeValue, ...]] = (None, "", "[]", "null", [])
_MAX_DEPTH: Final = 24
"""Nesting below this is not read: no dialect needs half of it."""
_OBJECT: Final = re.compile(r"<[\w.]+ object at 0x[0-9a-f]+>")
"""What Python prints of an object that has no text of its own."""
_WORD: Final = re.compile(r"\w+")
_ESCAPES: Final = re.compile(r"\\+[nrtbf\"'/]")


@dataclass(frozen=True, slots=True)
class _Search:
    """Whose text is looked for."""

    speakers: frozenset[str]
    name: str | None = None


def decode(value: AttributeValue) -> AttributeValue:
    """The value, parsed where it is JSON in a string."""
    if isinstance(value, str) and value[:1] in ("[", "{", '"'):
        try:
            parsed: AttributeValue = orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
        return parsed
    return value


def answer(value: AttributeValue, name: str | None = None) -> str | None:
    """What an agent said last.

    Args:
        value: a plain string, messages in any dialect, or JSON of them.
        name: the agent; where messages name their speakers, only its own count.
    """
    return _stripped(_last(decode(value), _Search(_ANSWERERS, name), 0))


def result(value: AttributeValue) -> str | None:
    """What a tool call returned: a plain text, the text in JSON, or the last tool message of an update."""
    found = _stripped(_last(decode(value), _Search(_RETURNERS), 0))
    return None if found is None or _OBJECT.search(found) else found


def question(value: AttributeValue) -> str | None:
    """What an agent was asked last: the last user message, or the one text among tool arguments."""
    found = decode(value)
    if isinstance(found, dict):
        for key in _ARGUMENTS:
            text = found.get(key)
            if isinstance(text, str) and text:
                return text.strip()
    return _stripped(_last(found, _Search(_ASKERS), 0))


def words(value: AttributeValue) -> list[str]:
    """Lower-case words of all text inside, for finding one text in another."""
    if isinstance(value, str):
        if "\\u" not in value:
            return _WORD.findall(_ESCAPES.sub(" ", value).lower())
        value = decode(value)
    return [word for text in strings(value) for word in _WORD.findall(_ESCAPES.sub(" ", text).lower())]


def strings(value: AttributeValue) -> Iterator[str]:
    """All strings inside a value, in order."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(reversed(list(item.values())))
        elif isinstance(item, list):
            stack.extend(reversed(item))


def first_value(span: Span, keys: Sequence[str]) -> AttributeValue:
    """The first of the attributes that the span, or else an event of it, has.

    Args:
        span: the span.
        keys: attributes; ``event:NAME`` means the text of the last event of that name.
    """
    attributes, has_events = span.attributes, bool(span.events)
    for key in keys:
        found = attributes.get(key)
        if found is None and has_events and key.startswith("event:"):
            found = _event_text(span, key[6:])
        if found is not None and found not in _EMPTY:
            return found
    for key in keys if has_events else ():
        for event in reversed(span.events):
            if event.attributes.get(key) not in _EMPTY:
                return event.attributes[key]
    return None


def _event_text(span: Span, name: str) -> AttributeValue:
    for event in reversed(span.events):
        if event.name == name:
            return event.attributes.get("message", event.attributes.get("content"))
    return None


def _stripped(text: str | None) -> str | None:
    return text.strip() or None if text else None


def _last(value: AttributeValue, search: _Search, depth: int) -> str | None:
    if isinstance(value, str):
        return value
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return _last_in_dict(_unwrap(value), search, depth)
    if isinstance(value, list):
        return _last_in_list(value, search, depth)
    return None


def _last_in_dict(value: _Fields, search: _Search, depth: int) -> str | None:
    if value.get("type") in _NOT_SAID:
        return None
    for key in _HOLDERS:
        inner = value.get(key)
        if inner:
            text = _last(inner, search, depth + 1)
            if text and text.strip():
                return text
    return None


def _last_in_list(value: list[AttributeValue], search: _Search, depth: int) -> str | None:
    messages = [_unwrap(item) for item in value if isinstance(item, dict)]
    if not any(_speaker(message) for message in messages):
        texts = [_last(item, search, depth + 1) for item in value]
        return "\n".join(text for text in texts if text) or None
    for message in reversed(messages):
        if _speaker(message) in search.speakers and _counts(message, search.name):
            text = _last_in_dict(message, search, depth)
            if text and text.strip():
                return text
    return None


def _unwrap(value: _Fields) -> _Fields:
    """LangChain puts a message's fields under ``kwargs`` or ``data``."""
    inner = value.get("kwargs") if "lc" in value else value.get("data")
    return inner if isinstance(inner, dict) and "content" in inner else value


def _speaker(message: _Fields) -> str | None:
    """Who speaks in a message of any dialect; None where the value is no message."""
    for key in ("role", "type"):
        speaker = message.get(key)
        if isinstance(speaker, str) and speaker in _SPEAKERS:
            return speaker
    return None


def _counts(message: _Fields, name: str | None) -> bool:
    """Whether a message is the agent's own: LangGraph's supervisor writes "Transferring back to ..." in its name."""
    notes = message.get("response_metadata")
    if isinstance(notes, dict) and "__is_handoff_back" in notes:
        return False
    said = message.get("name")
    return name is None or not isinstance(said, str) or said == name
