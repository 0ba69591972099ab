"""Every text inside an attribute's value: in lists and objects, in JSON in a text, in base64 of a text."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from typing import Final, cast

import orjson

from tierscope.instrumentation.redaction.naming import NameRules
from tierscope.instrumentation.redaction.visitors import REMOVED, Visitor
from tierscope.instrumentation.spans import AttributeValue

__all__ = ["Walk"]

MAX_DEPTH: Final = 64
"""What is nested deeper is replaced unread, in JSON as in lists and objects."""
_LEAST_NUMBER: Final = 10**6
"""Whole numbers from here on are looked at as texts: they may be cards, accounts or telephones."""
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{12,}={0,2}")
_INVOCATION: Final = re.compile(r"[0-9a-f]{32}:[0-9a-f]{16}")
"""Id of an invocation: digits that stay whatever they look like, since the tree hangs on them."""
_INVOCATION_LENGTH: Final = 49


class Walk:
    """Walks values and rebuilds them.

    Args:
        rules: what goes by its name.
        visitor: asked about every text.
        parsed: JSON texts that were parsed before, shared by the walks over one batch.
    """

    def __init__(self, rules: NameRules, visitor: Visitor, parsed: dict[str, AttributeValue]) -> None:
        self._rules = rules
        self._visitor = visitor
        self._parsed = parsed

    def member(self, target: dict[str, AttributeValue], path: str, key: str, value: object, depth: int = 0) -> None:
        """Put one member of an object into its new object, or leave it out.

        Args:
            target: the new object.
            path: full name of the member.
            key: its name in the object.
            value: what it holds.
            depth: how many containers it stands in.
        """
        verdict = self._rules.judge(path, key, value)
        if verdict == "leave_out":
            self._visitor.on_left_out()
            return
        fresh = self._visitor.clean(key)
        while fresh in target:  # two keys may have become the same
            fresh += "_"
        if verdict == "replace":
            self._visitor.on_replaced()
            target[fresh] = REMOVED
        else:
            target[fresh] = self.value(path, value, depth)

    def value(self, path: str, value: object, depth: int = 0) -> AttributeValue:
        """What stands in place of a value of any kind.

        Args:
            path: its full name.
            value: as an SDK or a decoder holds it.
            depth: how many containers it stands in.
        """
        if isinstance(value, str):
            return self._text(path, value, depth)
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int):
            return self._number(path, value)
        if isinstance(value, bytes):
            return self._text(path, base64.b64encode(value).decode(), depth)
        if depth >= MAX_DEPTH:
            self._visitor.on_replaced()
            return REMOVED
        if isinstance(value, Mapping):
            target: dict[str, AttributeValue] = {}
            for key, item in cast("Mapping[object, object]", value).items():
                self.member(target, f"{path}.{key}", str(key), item, depth + 1)
            return target
        if isinstance(value, Sequence):
            return [self.value(path, item, depth + 1) for item in cast("Sequence[object]", value)]
        return self._text(path, str(value), depth)

    def _number(self, path: str, number: int) -> AttributeValue:
        if abs(number) < _LEAST_NUMBER:
            return number
        text = str(number)
        fresh = self._visitor.on_text(path, text)
        return number if fresh == text else fresh

    def _text(self, path: str, text: str, depth: int) -> str:
        if len(text) == _INVOCATION_LENGTH and _INVOCATION.fullmatch(text):
            return text
        if text[:1] in ("{", "[", '"'):
            parsed = self._parse(text)
            if isinstance(parsed, dict | list | str):
                before = self._visitor.counts
                fresh = self.value(path, parsed, depth + 1)
                if self._visitor.counts != before:
                    return orjson.dumps(fresh).decode()
                return self._visitor.clean(text)  # of two equal keys, one was lost in parsing
        elif len(text) % 4 == 0 and " " not in text and _BASE64.fullmatch(text):
            plain = _decode_base64(text)
            if plain is not None and self._visitor.on_text(path, plain) != plain:
                return REMOVED
        return self._visitor.on_text(path, text)

    def _parse(self, text: str) -> AttributeValue:
        if text not in self._parsed:
            try:
                self._parsed[text] = orjson.loads(text)
            except orjson.JSONDecodeError:  # some text that begins like JSON
                self._parsed[text] = None
        return self._parsed[text]


def _decode_base64(text: str) -> str | None:
    """The text behind base64; None where there is something else behind it."""
    try:
        plain = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    return plain if plain.isprintable() or "\n" in plain else None
