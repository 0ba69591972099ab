"""How inputs and outputs are written into spans: as text, in the message form of the GenAI conventions."""

import hashlib
from typing import Final, cast

import orjson
from pydantic import BaseModel

_SEPARATORS: Final = orjson.OPT_NON_STR_KEYS | orjson.OPT_SORT_KEYS


def text_of(value: object) -> str:
    """``value`` as the text that is recorded: text as it is, anything else as JSON, else its ``str``."""
    if isinstance(value, str):
        return value
    try:
        return orjson.dumps(value, default=_plain, option=_SEPARATORS).decode()
    except orjson.JSONEncodeError:  # integers beyond 64 bits, lone surrogates, things that hold themselves
        return valid_text(str(value))


def valid_text(text: str) -> str:
    """Text without lone surrogates, such as file names may hold, and which neither UTF-8 nor JSON can say."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode()


def _plain(value: object) -> object:
    """What orjson does not know: pydantic models by their fields, sets as lists, the rest by ``str``."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(map(str, cast("set[object]", value)))
    return str(value)


def message_json(role: str, text: str) -> str:
    """One message with one text part, as ``gen_ai.input.messages`` and ``gen_ai.output.messages`` want it."""
    message: dict[str, object] = {"role": role, "parts": [{"type": "text", "content": valid_text(text)}]}
    if role == "assistant":
        message["finish_reason"] = "stop"
    return orjson.dumps([message]).decode()


def content_hash(text: str) -> str:
    """SHA-256 of the text as it is stored, in hex: what a critical signal is checked by."""
    return hashlib.sha256(valid_text(text).encode()).hexdigest()
