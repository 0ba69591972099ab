"""HTML in which every text is escaped, since what agents wrote must never run in the reader's browser."""

from dataclasses import dataclass
from html import escape
from typing import Final
from unicodedata import bidirectional

__all__ = ["Markup", "element", "set_apart"]

_VOID: Final = frozenset({"br", "hr", "img"})
_TURNING: Final = frozenset({"R", "AL", "LRE", "LRO", "LRI", "RLE", "RLO", "RLI", "FSI"})
"""Kinds of characters that are written from right to left, or turn the direction of those that follow."""


@dataclass(frozen=True, slots=True)
class Markup:
    """HTML made by ``element``, and by nothing else."""

    html: str


def element(tag: str, *children: Markup | str | None, **attributes: str | None) -> Markup:
    """One HTML element.

    Args:
        tag: its name.
        children: elements, or texts, which are escaped; None is left out.
        attributes: values, which are escaped; None is left out. ``class_`` is written ``class``, and other
            underscores as hyphens.
    """
    shown = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{shown}>")
    inner = "".join(
        child.html if isinstance(child, Markup) else escape(child) for child in children if child is not None
    )
    return Markup(f"<{tag}{shown}>{inner}</{tag}>")


def set_apart(text: str) -> str:
    """A recorded name as it may stand before a date or a figure, which it cannot turn around.

    Args:
        text: one that is written from right to left, or turns the direction of writing, is isolated as Unicode says.
    """
    return f"\u2068{text}\u2069" if any(bidirectional(letter) in _TURNING for letter in text) else text
