"""HTML as lines: paragraphs, list items, headings and table rows stand alone, as they do for a reader."""

import html
import re

__all__ = ["lay_out_html"]

_TAG = re.compile(r"<(?P<slash>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*)(?:\s[^<>]{0,500})?/?>")
_EMPTY_LINES = re.compile(r"\n\s*\n")
_HIDDEN = frozenset({"script", "style", "think"})
"""What stands between these is not said to anybody."""
_BLOCKS = ("p", "div", "br", "ul", "ol", "table", "thead", "tbody", "section", "article", "blockquote", "hr")
_LINES = dict.fromkeys([*_BLOCKS, "li", "tr", *(f"h{level}" for level in range(1, 7))], "\n")
_OPENING = _LINES | {"li": "\n- ", "tr": "\n| "} | {f"h{level}": "\n# " for level in range(1, 7)}
_CLOSING = _LINES | {"td": " | ", "th": " | "}
_SHOWN_AS_BLOCKS = _OPENING.keys() | _CLOSING.keys() | _HIDDEN
_WITHIN_LINES = frozenset(
    {"a", "abbr", "b", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small", "span"}
    | {"strong", "sub", "sup", "u", "var"}
)
_RULE = "|---|\n"
"""Below a row of titles, as in Markdown."""


def lay_out_html(text: str) -> str:
    """Put what HTML shows as blocks onto lines of their own, as Markdown would write them.

    Tags within a line are left for others to take off, and so is everything in a text without blocks. A tag that HTML
    does not have ("<answer>") is a block where it is closed. Scripts, styles and thoughts go; one that is never closed
    is none.
    """
    found = list(_TAG.finditer(text))
    closed = {tag["name"].lower(): tag.start() for tag in found if tag["slash"]}
    blocks = _SHOWN_AS_BLOCKS | (closed.keys() - _WITHIN_LINES)
    tags = [tag for tag in found if tag["name"].lower() in blocks]
    if not tags:
        return text
    parts: list[str] = []
    position, hidden, titles = 0, "", False
    for tag in tags:
        name, closes = tag["name"].lower(), bool(tag["slash"])
        if hidden:
            hidden, position = ("", tag.end()) if closes and name == hidden else (hidden, position)
            continue
        parts.append(_shown(text[position : tag.start()], name))
        position = tag.end()
        if name in _HIDDEN:
            hidden = name if not closes and closed.get(name, -1) > tag.start() else ""
            continue
        parts.append((_CLOSING if closes else _OPENING).get(name, "" if name in _SHOWN_AS_BLOCKS else "\n"))
        if name == "tr" and closes and titles:
            parts.append(_RULE)
        titles = name == "th" or (titles and name not in ("td", "tr"))
    parts.append(text[position:])
    return html.unescape(_EMPTY_LINES.sub("\n", "".join(parts)))


def _shown(text: str, before: str) -> str:
    """Text before a tag; what ends a cell, or lies between cells, is on one line."""
    return " ".join(text.split()) if before in ("td", "th", "tr") else text
