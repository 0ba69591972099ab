"""The write-ahead spool: a folder of immutable segments, each written whole or not at all.

A segment is written under a temporary name, synced, renamed, and its folder synced. When that returns, its spans are
acknowledged: no crash of any process loses them. There are two kinds, told apart by their extension: Arrow columns
(``.arrow``) for what was recorded or imported in-process, and OTLP request bodies as they came (``.otlp``), which a
receiver may acknowledge without decoding them.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast

from tierscope.errors import StoreError, StoreFullError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

__all__ = ["Segment", "SegmentKind", "Spool", "sync_folder", "write_synced"]

SegmentKind = Literal["arrow", "otlp"]

STALE_AFTER_S: Final = 60.0
"""A temporary file this old was left by a process that died: writing a segment takes milliseconds."""

MEASURE_EVERY_S: Final = 1.0
"""How often a writer looks how full the spool is; in between it only knows what it has written itself."""

DUE_AFTER_S: Final = 1.0
DUE_AT_SEGMENTS: Final = 64

_NO_ROOM: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NAME: Final = re.compile(r"\d{20}-[0-9a-f]{12}\.(arrow|otlp)")
_TEMPORARY_PREFIX: Final = "writing-"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One acknowledged file of the spool; the order is that of writing."""

    name: str

    @property
    def kind(self) -> SegmentKind:
        """How its content is written."""
        return cast("SegmentKind", self.name.rpartition(".")[2])

    @property
    def written_ns(self) -> int:
        """Unix time at which it was begun."""
        return int(self.name.partition("-")[0])


class Spool:
    """The folder of segments beside a store.

    Args:
        folder: made at the first write.
        limit_bytes: of all segments that wait; what would go beyond is refused until they are drained. None for none.
    """

    def __init__(self, folder: Path, limit_bytes: int | None = None) -> None:
        self.folder = folder
        self._limit_bytes = limit_bytes
        self._waiting_bytes = 0
        self._measured_s = -MEASURE_EVERY_S

    @classmethod
    def of_store(cls, path: Path, limit_bytes: int | None = None) -> Spool:
        """The spool of the store at a path: the folder ``<path>.spool``."""
        return cls(path.with_name(f"{path.name}.spool"), limit_bytes)

    @property
    def quarantine(self) -> Path:
        """Where segments lie that could not be decoded."""
        return self.folder / "quarantine"

    @property
    def _reasons(self) -> Path:
        return self.quarantine / "reasons"

    def append_table(self, table: pa.Table) -> None:
        """Write spans as one segment and make it last.

        Args:
            table: columns of ``SPAN_SCHEMA``.

        Raises:
            StoreFullError: the disk has no room, or the spool is over its limit; nothing was acknowledged.
            StoreError: the folder cannot be written.
        """
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
            writer.write_table(table)
        self._append(memoryview(sink.getvalue()), "arrow")

    def append_body(self, body: bytes) -> None:
        """Write OTLP spans as they came and make them last.

        Args:
            body: a serialized ``ExportTraceServiceRequest``, or several joined: protobuf reads those as one.

        Raises:
            StoreFullError: the disk has no room, or the spool is over its limit; nothing was acknowledged.
            StoreError: the folder cannot be written.
        """
        self._append(memoryview(body), "otlp")

    def list_segments(self) -> list[Segment]:
        """All acknowledged segments, oldest first."""
        try:
            with os.scandir(self.folder) as entries:
                return sorted(Segment(entry.name) for entry in entries if _NAME.fullmatch(entry.name))
        except (FileNotFoundError, NotADirectoryError):  # writing there says what is wrong
            return []

    def measure_bytes(self) -> int:
        """Size of all acknowledged segments."""
        size_bytes = 0
        for segment in self.list_segments():
            with suppress(FileNotFoundError):  # drained since
                size_bytes += (self.folder / segment.name).stat().st_size
        return size_bytes

    def is_due(self) -> bool:
        """Whether draining pays: the oldest segment is a second old, or many are waiting.

        One from the future is due as well: the clock was set back, and may take long to come there again.
        """
        segments = self.list_segments()
        if not segments:
            return False
        age_s = (time.time_ns() - segments[0].written_ns) / 1e9
        return len(segments) >= DUE_AT_SEGMENTS or not 0 <= age_s < DUE_AFTER_S

    def read(self, segment: Segment) -> bytes:
        """The content of a segment.

        Raises:
            OSError: it cannot be read.
        """
        return (self.folder / segment.name).read_bytes()

    def delete(self, segments: Iterable[Segment]) -> None:
        """Remove segments whose spans are in the database, and make that last."""
        for segment in segments:
            (self.folder / segment.name).unlink(missing_ok=True)
        sync_folder(self.folder)

    def set_aside(self, segment: Segment, reason: str) -> None:
        """Move a segment that cannot be decoded out of the way, and say so in the log."""
        self.quarantine.mkdir(exist_ok=True)
        with suppress(OSError):  # on a full disk it is in the log all the same
            self._reasons.mkdir(exist_ok=True)
            (self._reasons / segment.name).write_text(reason, encoding="utf-8")
        (self.folder / segment.name).rename(self.quarantine / segment.name)
        sync_folder(self.quarantine)
        sync_folder(self.folder)
        _log.error("segment %s was set aside in %s: %s", segment.name, self.quarantine, reason)

    def list_quarantined(self) -> list[Path]:
        """Segments that were set aside, oldest first."""
        return sorted(self.quarantine.glob("*.*"))

    def load_reason(self, quarantined: Path) -> str | None:
        """Why a segment was set aside; None where nobody knows.

        Args:
            quarantined: one of ``list_quarantined``.
        """
        try:
            return (self._reasons / quarantined.name).read_text(encoding="utf-8")
        except OSError:
            return None

    def sweep(self) -> None:
        """Remove the temporary files of writers that died; a living writer loses only its turn, never a span."""
        for path in self.folder.glob(f"{_TEMPORARY_PREFIX}*"):
            try:
                if time.time() - path.stat().st_mtime > STALE_AFTER_S:
                    path.unlink()
            except FileNotFoundError:  # its writer was alive and has renamed it
                continue

    def _check_room(self, more_bytes: int) -> None:
        if self._limit_bytes is None:
            return
        now_s = time.monotonic()
        if now_s - self._measured_s >= MEASURE_EVERY_S:
            self._waiting_bytes = self.measure_bytes()
            self._measured_s = now_s
        if self._waiting_bytes + more_bytes > self._limit_bytes:
            raise StoreFullError(
                f"the spool {self.folder} holds {self._waiting_bytes:,} of at most {self._limit_bytes:,} bytes: "
                "wait until its spans are in the database; `tierscope store doctor` says what keeps them."
            )
        self._waiting_bytes += more_bytes

    def _append(self, content: memoryview, kind: SegmentKind) -> None:
        name = f"{time.time_ns():020d}-{os.urandom(6).hex()}.{kind}"
        temporary = self.folder / f"{_TEMPORARY_PREFIX}{name}"
        try:
            self._check_room(len(content))
            if not self.folder.is_dir():
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                sync_folder(self.folder.parent)
            write_synced(temporary, content)
            temporary.rename(self.folder / name)
            sync_folder(self.folder)
        except OSError as error:
            with suppress(OSError):  # it may not have come to exist
                temporary.unlink()
            if error.errno in _NO_ROOM:
                raise StoreFullError(
                    f"no room for {len(content)} bytes of spans in {self.folder} ({error.strerror}): free some space; "
                    "what was acknowledged before is safe."
                ) from error
            raise StoreError(
                f"spans cannot be written to {self.folder} ({error.strerror}): name a store elsewhere with --store."
            ) from error


def write_synced(path: Path, content: bytes | memoryview) -> None:
    """Make a file that lasts and that only its owner can read, whatever the umask.

    Args:
        path: where there is no file yet.
        content: all of it.

    Raises:
        OSError: it cannot be made or written; what was written of it is left.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        while content:
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Make last what was created, renamed or deleted in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
