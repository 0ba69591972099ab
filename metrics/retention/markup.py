"""Emphasis, code marks, links and tags within a line: how something looks, not what is said."""

import re

__all__ = ["strip_markup"]

_MARKUP = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=[\w.,!?%)])[*_](?!\w)|</?[a-zA-Z][^<>]{0,200}>")
_LINK = re.compile(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)")


def strip_markup(line: str) -> str:
    """Return a line without markup, blanks in one; of a link its words stay. A bullet at its begin stays as well."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", line)).split())
