"""Finding what was recorded of a person: the traces in which a text, or an attribute with a value, occurs."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from tierscope.errors import InputError
from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.store import Store

__all__ = ["Subject", "find_traces", "list_forms", "parse_subject"]

PAGE_ROWS: Final = 50_000
"""Spans looked through in one session."""
SHORTEST_TEXT: Final = 4
_ATTRIBUTE: Final = re.compile(r"([A-Za-z_][\w.\-]*)=(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom recorded data is about."""

    text: str
    """The value of the attribute; without an attribute, a text that may stand anywhere."""
    attribute: str | None = None
    """Such as ``user.id``; on a span, an event, a link or the resource."""


def parse_subject(text: str) -> Subject:
    """Read ``ATTRIBUTE=VALUE`` or a text.

    Args:
        text: what stands before the first ``=`` is an attribute where it reads like the name of one.

    Raises:
        InputError: a text of fewer than four characters, which would stand in nearly everything.
    """
    if found := _ATTRIBUTE.fullmatch(text):
        return Subject(found[2], found[1])
    if len(text.strip()) < SHORTEST_TEXT:
        raise InputError(
            f"'{text}' is too short to look for: give at least {SHORTEST_TEXT} characters, or an attribute and its "
            "value, such as  --subject user.id=7."
        )
    return Subject(text)


def find_traces(store: Store, subject: Subject) -> list[str]:
    """The traces in which something about a subject was recorded.

    Spans are looked through in pages, each in a session of its own.

    Args:
        store: one that nobody else brings up to date meanwhile.
        subject: whom to look for; letter case counts.

    Returns:
        Trace ids, sorted.

    Raises:
        StoreError: the store cannot be read.
    """
    query, parameters = _ask(subject)
    (last_row,) = store.query("SELECT max(rowid) FROM spans").row(0)
    found: set[str] = set()
    for first in range(0, 0 if last_row is None else last_row + 1, PAGE_ROWS):
        page = {"first": first, "past": first + PAGE_ROWS}
        found.update(store.query(query, {**parameters, **page})["trace_id"])
    return sorted(found)


def _ask(subject: Subject) -> tuple[str, Mapping[str, object]]:
    if subject.attribute is None:
        return load_query("list_traces_with_text"), {"forms": list_forms(subject.text)}
    key = f'"{subject.attribute}"'
    return load_query("list_traces_with_attribute"), {"key": key, "path": f"$.{key}", "value": subject.text}


def list_forms(text: str) -> list[str]:
    """The text as it stands in a column, in a JSON column, and in JSON that is itself a value in a JSON column."""
    inner_forms = {text, _in_json(text), json.dumps(text)[1:-1]}
    return sorted({text, *map(_in_json, inner_forms)})


def _in_json(text: str) -> str:
    return orjson.dumps(text).decode()[1:-1]
