"""Where in a YAML file a key stands, so that an error can name its line."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import yaml

__all__ = ["KeyPath", "find_duplicate_key", "find_line", "spell_path"]

KeyPath: TypeAlias = Sequence[str | int]
"""Keys and list positions from the top, such as ``("checks", 0, "metric")``."""


def find_line(root: yaml.Node | None, path: KeyPath) -> int | None:
    """Line of the deepest part of a path that the file has, counted from 1; None for an empty file."""
    if root is None:
        return None
    node, line = root, root.start_mark.line
    for key in path:
        found = _step(node, key)
        if found is None:
            break
        line, node = found
    return line + 1


def find_duplicate_key(root: yaml.Node) -> tuple[str, int] | None:
    """The first key that stands twice in one mapping, and the line of its second place, counted from 1."""
    for mapping in _mappings(root):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if key.value in seen:
                return key.value, key.start_mark.line + 1
            seen.add(key.value)
    return None


def spell_path(path: KeyPath) -> str:
    """A path as people write it: ``checks[0].metric``."""
    text = ""
    for key in path:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def _step(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key_node, value in node.value:
            if key_node.value == key:
                return key_node.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key].start_mark.line, node.value[key]
    return None


def _mappings(node: yaml.Node) -> Iterator[yaml.MappingNode]:
    if isinstance(node, yaml.MappingNode):
        yield node
        for _, value in node.value:
            yield from _mappings(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _mappings(value)
