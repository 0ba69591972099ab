"""Atomic claims of an output: what its author said, one statement at a time, each with a weight."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast

from tierscope.metrics.retention.quantities import find_quantities
from tierscope.metrics.retention.sentences import split_sentences
from tierscope.metrics.retention.words import CONTENT_IDF, MAXIMUM_IDF, idf, split_words

__all__ = ["Claim", "ClaimKind", "split_claims"]

ClaimKind = Literal["sentence", "bullet", "table_row", "json"]

_MINIMUM_WORDS = 3
"""Shorter lines without a number are labels ("Sources", "Net read"), not claims."""

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|\*\*[^*]+\*\*:?\s*$|[=\-_*\s|:]+$)")
_BULLET = re.compile(r"^\s*(?:[-*+\u2022\u2023\u25aa\u25cf]|\(?\d{1,3}[.)])\s+(?P<body>.*)$")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=[\w.,!?%)])[*_](?!\w)|</?[a-zA-Z][^<>]{0,200}>")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")
_EMPTY_TITLES = frozenset(
    {
        "metric",
        "item",
        "indicator",
        "name",
        "value",
        "level",
        "description",
        "detail",
        "details",
        "note",
        "notes",
        "comment",
    }
    | {
        "comments",
        "commentary",
        "remark",
        "remarks",
        "assessment",
        "interpretation",
        "insight",
        "takeaway",
        "key",
        "current",
    }
    | {"latest", "approximate", "supporting", "evidence", "point", "development"}
)
"""Words of column titles that say no more than that something stands below: "Metric", "Latest Value"."""
_URGENT = re.compile(r"\b(?:critical|alert|urgent|warning|severe|material|key risk|must)\b", re.IGNORECASE)
_EMPHASIS = re.compile(r"\*\*|__")
_META = re.compile(
    r"^(?:this (?:report|section|document|analysis)|in (?:summary|conclusion)|overall,|note that|i (?:will|have)"
    r"|let me|here (?:is|are)|the following|see (?:also|below|above)|sources?:|disclaimer)", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """One atomic statement of an output."""

    text: str
    """The statement, without markup; a table row or JSON value carries its header or key."""
    salience: float
    """How much it matters, from 0 to 1: figures, rare words, emphasis and warnings raise it."""
    kind: ClaimKind
    """What it was in the output."""
    position: int
    """Its place among the output's claims, from 0."""


class _Piece(NamedTuple):
    raw: str
    kind: ClaimKind


def split_claims(text: str) -> list[Claim]:
    """Split an output into claims: sentences of prose and bullets, rows of Markdown tables, values of JSON.

    Headings, rules, code blocks and bare labels are no claims; a statement that is repeated counts once. Takes any
    text, of any size and language; where nothing is stated, the list is empty.
    """
    claims: dict[str, Claim] = {}
    for piece in _pieces(text):
        plain = _plain(piece.raw)
        key = plain.casefold()
        if key not in claims and _is_statement(plain, piece.kind):
            claims[key] = Claim(plain, _salience(piece.raw, plain), piece.kind, len(claims))
    return list(claims.values())


def _pieces(text: str) -> Iterator[_Piece]:
    document = _parse_json(text)
    if document is not None:
        yield from _json_pieces(document, ())
        return
    lines = text.splitlines()
    index = 0
    while index < len(lines):
        line = lines[index]
        if _FENCE.match(line):
            end = _end_of_fence(lines, index)
            document = _parse_json("\n".join(lines[index + 1 : end]))
            if document is not None:
                yield from _json_pieces(document, ())
            index = end + 1
        elif "|" in line and index + 1 < len(lines) and _TABLE_RULE.match(lines[index + 1]):
            end = _end_of_table(lines, index)
            yield from _table_pieces(lines[index:end])
            index = end
        else:
            yield from _line_pieces(line)
            index += 1


def _line_pieces(line: str) -> Iterator[_Piece]:
    if not line.strip() or _HEADING.match(line):
        return
    bullet = _BULLET.match(line)
    body, kind = (bullet["body"], "bullet") if bullet else (line, "sentence")
    for sentence in split_sentences(body):
        yield _Piece(sentence, kind)  # type: ignore[arg-type]  # mypy widens the pair's literals to str


def _end_of_fence(lines: list[str], start: int) -> int:
    for index in range(start + 1, len(lines)):
        if _FENCE.match(lines[index]):
            return index
    return len(lines)


def _end_of_table(lines: list[str], start: int) -> int:
    end = start + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _table_pieces(lines: list[str]) -> Iterator[_Piece]:
    header = ["" if _is_empty_title(title) else title for title in _cells(lines[0])]
    for line in lines[2:]:
        cells = _cells(line)
        if len(cells) < 2:
            yield from (_Piece(cell, "table_row") for cell in cells if cell)
            continue
        rest = [
            f"{name} {cell}" if name and len(cells) > 2 else cell
            for name, cell in zip([*header[1:], *[""] * len(cells)], cells[1:], strict=False)
            if any(character.isalnum() for character in cell)
        ]
        if rest:
            yield _Piece(f"{cells[0]}: {'; '.join(rest)}" if cells[0] else "; ".join(rest), "table_row")


def _is_empty_title(title: str) -> bool:
    return set(split_words(title)) <= _EMPTY_TITLES


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _parse_json(text: str) -> Any:  # noqa: ANN401 whatever JSON holds
    stripped = text.strip()
    if not stripped.startswith(("{", "[")):
        return None
    try:
        return json.loads(stripped)
    except (ValueError, RecursionError):  # text that merely opens with a bracket
        return None


def _json_pieces(value: Any, path: tuple[str, ...]) -> Iterator[_Piece]:  # noqa: ANN401 whatever JSON holds
    """Yield "key: value" for every leaf, without recursion: depth is the author's choice."""
    stack: list[tuple[Any, tuple[str, ...]]] = [(value, path)]
    while stack:
        node, keys = stack.pop()
        if isinstance(node, dict):
            members = cast("dict[str, Any]", node)
            stack.extend((child, (*keys, _key_words(key))) for key, child in reversed(members.items()))
        elif isinstance(node, list):
            stack.extend((child, keys) for child in reversed(cast("Sequence[Any]", node)))
        elif node is not None and node != "":
            label = " ".join(keys[-2:])
            for sentence in split_sentences(str(node)) or [str(node)]:
                yield _Piece(f"{label}: {sentence}" if label else sentence, "json")


def _key_words(key: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]+", " ", key).strip().lower()


def _plain(raw: str) -> str:
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", raw)).split())


def _is_statement(plain: str, kind: ClaimKind) -> bool:
    if not any(map(str.isalnum, plain)):
        return False
    if kind in ("table_row", "json") or any(map(str.isdigit, plain)):
        return True
    is_spaced = len(plain.split()) > 1 or plain.isascii()
    return not is_spaced or (len(plain.split()) >= _MINIMUM_WORDS and not plain.endswith(":"))


def _salience(raw: str, plain: str) -> float:
    """Weigh a claim: information per word, up to .5; figures, emphasis and warnings the rest; meta talk halves it."""
    weights = map(idf, dict.fromkeys(split_words(plain)))
    information = min(1.0, sum(weight for weight in weights if weight >= CONTENT_IDF) / (12 * MAXIMUM_IDF))
    weight = 0.2 + 0.3 * information
    weight += 0.25 if find_quantities(plain) else 0.0
    weight += 0.1 if _EMPHASIS.search(raw) else 0.0
    weight += 0.15 if _URGENT.search(plain) else 0.0
    if _META.match(plain) or plain.endswith("?"):
        weight /= 2
    return round(min(1.0, weight), 3)
