"""How an output is laid out: the sentences, bullets, table rows and JSON values that may each state something."""

import ast
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, cast

from tierscope.metrics.retention.html_lines import lay_out_html
from tierscope.metrics.retention.sentences import split_sentences
from tierscope.metrics.retention.words import split_words

__all__ = ["ClaimKind", "Piece", "find_lines", "find_pieces"]

ClaimKind = Literal["sentence", "bullet", "table_row", "json"]

_FENCE = re.compile(r"^\s*(?:```|~~~)\s*(?P<language>\w*)")
_TEXT_LANGUAGES = frozenset({"markdown", "md", "text", "txt", "plaintext", "html", "yaml", "yml"})
"""Fences of these hold what is said, not code."""
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*:]*[^*:.!?]:?\*\*:?\s*$|[=\-_*\s|:]+$)")
"""Bold lines that end a sentence, or say something of a label, are statements."""
_UNDERLINE = re.compile(r"^\s*={3,}\s*$")
_BULLET = re.compile(
    r"^\s*(?:[-*+\u2013\u2022\u2023\u25aa\u25cf\u27a4]|\(?\d{1,3}[.)]|\(?[a-zA-Z]\))\s+(?:\[[ xX]\]\s+)?(?P<body>.*)$"
)  # a box to tick is part of the bullet
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_SENTENCE_END = re.compile(r"[.!?:;|\u3002\uff01\uff1f][\"'\u201d\u2019)\]*_]*$")
_WRAPPED_FROM = 40
"""A shorter line was ended on purpose."""
_EMPTY_TITLES = frozenset(
    {"metric", "item", "indicator", "name", "value", "level", "description", "detail", "details", "note", "notes"}
    | {"comment", "comments", "commentary", "remark", "remarks", "assessment", "interpretation", "insight", "takeaway"}
    | {"key", "current", "latest", "approximate", "supporting", "evidence", "point", "development"}
)
"""Words of column titles that say no more than that something stands below: "Metric", "Latest Value"."""
_CARRIERS = frozenset(
    {"message", "messages", "content", "text", "output", "result", "answer", "response", "report", "summary", "body"}
    | {"markdown", "value", "data", "final message", "final answer", "final output"}
)
"""Keys of JSON that say no more than that an answer follows."""
_CONTROLS = frozenset(
    ["terminate", "next speaker", "role", "type", "id", "tool call id", "call id", "finish reason", "stop reason"]
)
"""Keys by which programs are steered: nothing is stated there."""
_PYTHON = re.compile(r"[\[{(\s]*['\"]")
_LITERAL_CHARACTERS = 100_000
"""Reading a longer literal takes Python hundreds of megabytes."""
_NESTED_JSON = 3
"""How often JSON is looked for in a text within JSON."""


class Piece(NamedTuple):
    """A stretch of an output that may state something."""

    raw: str
    """As written, with markup; a table row or JSON value behind its title or key."""
    kind: ClaimKind
    """What it was in the output."""


def find_pieces(text: str) -> Iterator[Piece]:
    """Yield the pieces of an output in order; headings, rules and code blocks are left out."""
    return _pieces(text, _NESTED_JSON)


def find_lines(text: str) -> Iterator[str]:
    """Yield a text's lines as shown: HTML's blocks, table rows and JSON's values behind titles, broken lines whole."""
    document = _parse_json(text)
    if document is not None:
        yield from (piece.raw for piece in _json_pieces(document, _NESTED_JSON))
        return
    lines = _unwrap(lay_out_html(text).splitlines())
    index = 0
    while index < len(lines):
        if _is_table(lines, index):
            end = _end_of_table(lines, index)
            yield lines[index]
            yield from (piece.raw for piece in _table_pieces(lines[index], lines[index + 2 : end]))
            index = end
            continue
        held = _parse_json(lines[index])
        if held is None:
            yield lines[index]
        else:
            yield from (piece.raw for piece in _json_pieces(held, _NESTED_JSON))
        index += 1


def _pieces(text: str, depth: int) -> Iterator[Piece]:
    document = _parse_json(text) if depth else None
    if document is not None:
        yield from _json_pieces(document, depth)
        return
    lines = _unwrap(lay_out_html(text).splitlines())
    index = 0
    while index < len(lines):
        line = lines[index]
        fence = _FENCE.match(line)
        following = lines[index + 1] if index + 1 < len(lines) else ""
        if fence:
            end = _end_of_fence(lines, index)
            is_whole = not fence["language"] and index == 0 and end >= len(lines) - 1
            yield from _fenced_pieces("\n".join(lines[index + 1 : end]), fence["language"], depth, is_text=is_whole)
            index = end + 1
        elif _is_table(lines, index):
            end = _end_of_table(lines, index)
            yield from _table_pieces(lines[index], lines[index + 2 : end])
            index = end
        else:
            if not _UNDERLINE.match(following):
                yield from _line_pieces(line, depth)
            index += 1


def _fenced_pieces(block: str, language: str, depth: int, *, is_text: bool) -> Iterator[Piece]:
    document = _parse_json(block)
    if document is not None:
        yield from _json_pieces(document, depth)
    elif is_text or language.lower() in _TEXT_LANGUAGES:
        for line in _unwrap(lay_out_html(block).splitlines()):
            yield from _line_pieces(line, depth)


def _line_pieces(line: str, depth: int) -> Iterator[Piece]:
    if not line.strip() or _HEADING.match(line):
        return
    document = _parse_json(line) if depth else None
    if document is not None:
        yield from _json_pieces(document, depth)
        return
    bullet = _BULLET.match(line)
    if bullet is None and line.lstrip().startswith("|"):
        yield from _table_pieces("", [line])
        return
    kind: ClaimKind = "bullet" if bullet else "sentence"
    for sentence in split_sentences(bullet["body"] if bullet else line):
        yield Piece(sentence, kind)


def _unwrap(lines: Sequence[str]) -> list[str]:
    """Join lines that were broken at a margin: a long one without an end, and one that goes on in lower case."""
    whole: list[list[str]] = []
    last = ""
    for line in lines:
        goes_on = line.strip()[:1].islower() and not _BULLET.match(line) and "|" not in line + last
        if goes_on and len(last) >= _WRAPPED_FROM and not _SENTENCE_END.search(last[-8:]) and not _HEADING.match(last):
            whole[-1].append(line.strip())
        else:
            whole.append([line.rstrip()])
        last = line.rstrip()
    return [" ".join(parts) for parts in whole]


def _end_of_fence(lines: Sequence[str], start: int) -> int:
    for index in range(start + 1, len(lines)):
        if _FENCE.match(lines[index]):
            return index
    return len(lines)


def _is_table(lines: Sequence[str], start: int) -> bool:
    return "|" in lines[start] and start + 1 < len(lines) and _TABLE_RULE.match(lines[start + 1]) is not None


def _end_of_table(lines: Sequence[str], start: int) -> int:
    end = start + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _table_pieces(titles: str, rows: Sequence[str]) -> Iterator[Piece]:
    header = ["" if _is_empty_title(title) else title for title in _cells(titles)]
    for line in rows:
        cells = _cells(line)
        if len(cells) < 2:
            yield from (Piece(cell, "table_row") for cell in cells if cell)
            continue
        rest = [
            f"{name} {cell}" if name and len(cells) > 2 else cell
            for name, cell in zip([*header[1:], *[""] * len(cells)], cells[1:], strict=False)
            if any(map(str.isalnum, cell))
        ]
        if rest:
            yield Piece(f"{cells[0]}: {'; '.join(rest)}" if cells[0] else "; ".join(rest), "table_row")


def _is_empty_title(title: str) -> bool:
    return set(split_words(title)) <= _EMPTY_TITLES


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _parse_json(text: str) -> Any:  # noqa: ANN401 whatever JSON holds
    """Read an object or a list, its numbers as they are written; None where it is neither."""
    stripped = text.strip()
    if not (stripped.startswith(("{", "[")) and stripped.endswith(("}", "]"))):
        return None
    try:
        return json.loads(stripped, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):  # text that merely stands in brackets, or what Python prints of its own
        return _parse_python(stripped) if _PYTHON.match(stripped) and len(stripped) <= _LITERAL_CHARACTERS else None


def _parse_python(text: str) -> Any:  # noqa: ANN401 whatever the literal holds
    """Read a dict or list as Python prints it, which many tools return; None where it is none."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd escapes in somebody's text
            return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _json_pieces(value: Any, depth: int) -> Iterator[Piece]:  # noqa: ANN401 whatever JSON holds
    """Yield "key: value" for every leaf, without recursion: depth is the author's choice."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(value, ())]
    while stack:
        node, keys = stack.pop()
        if isinstance(node, dict):
            members = cast("dict[str, Any]", node)
            stack.extend((child, (*keys[-1:], _key_words(str(key)))) for key, child in reversed(members.items()))
        elif isinstance(node, (list, tuple)):
            stack.extend((child, keys) for child in reversed(cast("Sequence[Any]", node)))
        elif isinstance(node, (set, frozenset)):
            stack.extend((child, keys) for child in sorted(cast("Iterable[Any]", node), key=str, reverse=True))
        elif node is not None and _CONTROLS.isdisjoint(keys[-1:]):
            yield from _value_pieces(node, " ".join(key for key in keys if key not in _CARRIERS), depth)


def _value_pieces(value: object, label: str, depth: int) -> Iterator[Piece]:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    for piece in _pieces(text, depth - 1):
        yield Piece(f"{label}: {piece.raw}" if label else piece.raw, "json")


def _key_words(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", key).strip().lower()
