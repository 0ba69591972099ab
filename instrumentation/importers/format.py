"""What a module must offer so that its format can be imported."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tierscope.instrumentation.spans import Span

__all__ = ["Format"]


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file, or one layout of a folder."""

    name: str
    """As a reader would call it."""
    sniff: Callable[[Path], bool]
    """Whether a file or folder looks like this format, from a first glance; a folder it accepts is taken whole."""
    load: Callable[[Path], list[Span]]
    """Every span of such a file or folder; raises ``UnreadableFileError`` where it cannot be read to its end."""
