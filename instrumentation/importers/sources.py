"""What there is to import at some paths, in which format, and reading it into memory."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.otlp_files import OTLP_FILE
from tierscope.instrumentation.importers.tradingagents import LOG_FOLDER, STAGE_FOLDER
from tierscope.instrumentation.spans import Span

__all__ = ["FORMATS", "SkippedPath", "Source", "Sources", "find_sources", "load_path"]

FORMATS: Final[tuple[Format, ...]] = (STAGE_FOLDER, LOG_FOLDER, OTLP_FILE)
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


@dataclass(frozen=True, slots=True)
class Sources:
    """What was found at some paths."""

    found: tuple[Source, ...]
    """Each once, in the order of the paths and by name within a folder."""
    skipped: tuple[SkippedPath, ...]
    """Paths that do not exist, and files and folders that may not be read."""
    ignored: int
    """Files in folders that are of no known format."""


def find_sources(paths: Iterable[Path]) -> Sources:
    """Look through files and folders, and through folders in folders.

    A file named here is always a source: if no format accepts it, reading it as OTLP will say what is wrong with it.
    Hidden files and folders, folders behind links, and the spools of stores are passed over.

    Args:
        paths: files or folders.
    """
    search = _Search()
    for path in paths:
        if path.is_dir():
            search.visit_folder(path)
        else:
            search.visit_named_file(path)
    return Sources(tuple(search.found.values()), tuple(search.skipped), search.ignored)


def load_path(path: Path) -> list[Span]:
    """Read the spans at one path, without a store.

    Args:
        path: a file or folder of any format that can be imported, or a folder of such.

    Returns:
        Every span, in the order of the files.

    Raises:
        UnreadableFileError: there is nothing to read at the path, or something there is broken.
    """
    sources = find_sources([path])
    if sources.skipped:
        raise UnreadableFileError(sources.skipped[0].reason)
    if not sources.found:
        raise UnreadableFileError(f"{path} holds nothing that can be imported ({sources.ignored} other files).")
    return [span for source in sources.found for span in source.load()]


class _Search:
    """Collects what is found."""

    def __init__(self) -> None:
        self.found: dict[Path, Source] = {}
        self.skipped: list[SkippedPath] = []
        self.ignored = 0

    def visit_named_file(self, file: Path) -> None:
        if not file.exists():
            self.skipped.append(SkippedPath(file, f"{file}: there is no such file or folder."))
            return
        try:
            self._add(file, _recognise(file) or OTLP_FILE)
        except OSError as error:
            self._skip(file, error)

    def visit_folder(self, folder: Path) -> None:
        try:
            recognised = _recognise(folder)
            if recognised is not None:
                self._add(folder, recognised)
                return
            for entry in _list_visible(folder):
                self._visit(entry)
        except OSError as error:
            self._skip(folder, error)

    def _visit(self, entry: Path) -> None:
        if entry.is_dir():
            if not entry.is_symlink():  # it could lead back to where we are
                self.visit_folder(entry)
            return
        try:
            recognised = _recognise(entry)
        except OSError as error:
            self._skip(entry, error)
            return
        if recognised is None:
            self.ignored += 1
        else:
            self._add(entry, recognised)

    def _add(self, path: Path, format_: Format) -> None:
        self.found.setdefault(path.resolve(), Source(path, format_))

    def _skip(self, path: Path, error: OSError) -> None:
        self.skipped.append(SkippedPath(path, f"{path} cannot be read: {error.strerror or error}."))


def _recognise(path: Path) -> Format | None:
    return next((format_ for format_ in FORMATS if format_.sniff(path)), None)


def _list_visible(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [entry.name for entry in entries]
    return [folder / name for name in sorted(names) if not name.startswith(".") and not name.endswith(".spool")]
