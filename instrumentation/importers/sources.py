"""What there is to import at some paths, and in which format."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tierscope.instrumentation.importers import otlp_files, tradingagents_folder, tradingagents_log
from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.spans import Span

__all__ = ["FORMATS", "SkippedPath", "Source", "Sources", "find_sources"]

FORMATS: Final[tuple[Format, ...]] = (tradingagents_folder.FORMAT, tradingagents_log.FORMAT, otlp_files.FORMAT)
"""Asked in this order; the first that accepts a file or folder reads it."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file or folder that can be imported."""

    path: Path
    format: Format

    def load(self) -> list[Span]:
        """Every span of it.

        Raises:
            UnreadableFileError: it cannot be read to its end.
        """
        return self.format.load(self.path)


@dataclass(frozen=True, slots=True)
class SkippedPath:
    """Something that was to be imported and could not be."""

    path: Path
    reason: str
    """A sentence that names the path."""


@dataclass(slots=True)
class Sources:
    """What was found at some paths."""

    found: list[Source] = field(default_factory=list[Source])
    """Each once, in the order of the paths and by name within a folder."""
    skipped: list[SkippedPath] = field(default_factory=list[SkippedPath])
    """Paths that do not exist, and folders that may not be read."""
    ignored: int = 0
    """Files in folders that are of no known format."""


def find_sources(paths: Iterable[Path]) -> Sources:
    """Look through files and folders, and through folders in folders.

    A file named here is always a source: if no format accepts it, reading it as OTLP will say what is wrong with it.
    Hidden files and folders, and the spools of stores, are passed over.

    Args:
        paths: files or folders.
    """
    sources = Sources()
    seen: set[Path] = set()
    for path in paths:
        if path.is_dir():
            _search(path, sources, seen)
        elif path.exists():
            _add(Source(path, _format_of(path) or otlp_files.FORMAT), sources, seen)
        else:
            sources.skipped.append(SkippedPath(path, f"{path}: there is no such file or folder."))
    return sources


def _search(folder: Path, sources: Sources, seen: set[Path]) -> None:
    format_ = _format_of(folder)
    if format_ is not None:
        _add(Source(folder, format_), sources, seen)
        return
    try:
        entries = sorted(_visible(folder))
    except OSError as error:
        sources.skipped.append(SkippedPath(folder, f"{folder} cannot be searched: {error.strerror or error}."))
        return
    for entry in entries:
        if entry.is_dir():
            if not entry.is_symlink():  # it could lead back to where we are
                _search(entry, sources, seen)
            continue
        _consider(entry, sources, seen)


def _consider(file: Path, sources: Sources, seen: set[Path]) -> None:
    try:
        format_ = _format_of(file)
    except OSError as error:
        sources.skipped.append(SkippedPath(file, f"{file} cannot be read: {error.strerror or error}."))
        return
    if format_ is None:
        sources.ignored += 1
    else:
        _add(Source(file, format_), sources, seen)


def _visible(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if not entry.name.startswith(".") and not entry.name.endswith(".spool"):
                yield folder / entry.name


def _format_of(path: Path) -> Format | None:
    return next((format_ for format_ in FORMATS if format_.sniff(path)), None)


def _add(source: Source, sources: Sources, seen: set[Path]) -> None:
    resolved = source.path.resolve()
    if resolved not in seen:
        seen.add(resolved)
        sources.found.append(source)
