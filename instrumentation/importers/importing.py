"""Bringing what was found at some paths into the store."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.importers.sources import SkippedPath, Source, find_sources
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.store import Store

__all__ = ["ImportReport", "import_paths"]

_BATCH_SPANS: Final = 10_000
"""Spans are handed to the store in steps of about this size: every step is synced to disk, which takes milliseconds."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the paths that were to be imported."""

    sources: int
    """Files and folders that were read."""
    traces: int
    """Different traces in them."""
    spans: int
    """Spans in them, each counted as often as it was read."""
    new_spans: int
    """How many of them the store did not have yet."""
    ignored: int
    """Files in the given folders that are of no known format."""
    skipped: tuple[SkippedPath, ...]
    """What could not be read, and why; nothing of these was stored."""
    pruned_spans: int = 0
    """How many of the spans are of traces that were pruned from the store, hence left out."""


def import_paths(
    paths: Iterable[Path],
    store: Store,
    progress: Callable[[int, int], None] | None = None,
    *,
    readmits: bool = False,
) -> ImportReport:
    """Read files and folders into the store; a source that is broken is left out whole, and the rest goes on.

    Spans that the store already has are not stored again.

    Args:
        paths: files, or folders that are searched to any depth.
        store: where the spans go; brought up to date at the end.
        progress: told (sources read or skipped so far, sources in all) after each source.
        readmits: also take traces that were pruned from the store.

    Raises:
        StoreError: the store cannot be used.
    """
    sources = find_sources(paths)
    skipped = list(sources.skipped)
    if store.exists:
        store.refresh()  # spans that wait in the spool are not new either
    intake = _Intake(store, readmits)
    for done, source in enumerate(sources.found, start=1):
        try:
            intake.add(source)
        except UnreadableFileError as error:
            skipped.append(SkippedPath(source.path, str(error)))
        if progress is not None:
            progress(done, len(sources.found))
    intake.finish()
    return ImportReport(
        sources=intake.sources,
        traces=len(intake.trace_ids),
        spans=intake.spans,
        new_spans=intake.new_spans,
        ignored=sources.ignored,
        skipped=tuple(skipped),
        pruned_spans=intake.pruned_spans,
    )


@dataclass(slots=True)
class _Intake:
    """Collects spans into batches, and counts what the store had of their traces before and after."""

    store: Store
    readmits: bool
    sources: int = 0
    spans: int = 0
    new_spans: int = 0
    pruned_spans: int = 0
    trace_ids: set[str] = field(default_factory=set[str])
    _waiting: list[Span] = field(default_factory=list[Span])
    _stored_before: int = 0
    _pruned: set[str] = field(default_factory=set[str])

    def add(self, source: Source) -> None:
        """Take the spans of a source, all or none."""
        self._waiting += source.load()
        self.sources += 1
        if len(self._waiting) >= _BATCH_SPANS:
            self._flush()

    def finish(self) -> None:
        """Store what is left, and bring the store up to date."""
        self._flush()
        if self.spans:
            self.store.refresh()
            self.new_spans = self._count_stored(self.trace_ids) - self._stored_before

    def _flush(self) -> None:
        if not self._waiting:
            return
        fresh = {span.trace_id for span in self._waiting} - self.trace_ids
        self._pruned |= self._settle_pruned(fresh)
        self.pruned_spans += sum(span.trace_id in self._pruned for span in self._waiting)
        self._stored_before += self._count_stored(fresh)
        self.trace_ids |= fresh
        self.spans += self.store.append(self._waiting)
        self._waiting = []

    def _settle_pruned(self, trace_ids: set[str]) -> set[str]:
        """Which of some traces stay away since they were pruned; none where they are taken in again."""
        if not self.store.path.exists():
            return set()
        chosen = {"trace_ids": sorted(trace_ids)}
        pruned = set(self.store.query(load_query("list_pruned_traces"), chosen)["trace_id"])
        if not pruned or not self.readmits:
            return pruned
        with self.store.database.write() as connection:
            connection.execute(load_query("readmit_traces"), chosen)
        return set()

    def _count_stored(self, trace_ids: set[str]) -> int:
        if not trace_ids or not self.store.exists:
            return 0
        counted = self.store.query(load_query("count_spans"), {"trace_ids": sorted(trace_ids)})
        return int(counted.item())
