"""What recorders and receivers took, stored and dropped, in a small file each beside the store: others can ask.

A processor counts in memory; whoever wonders why spans are missing is usually another process, and often later.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

__all__ = ["Tally", "TallySheet", "load_tallies"]

WRITE_EVERY_S: Final = 1.0
KEPT_S: Final = 7 * 24 * 3600.0
"""Files of processes that have not written for so long are removed by the next one."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Finished spans of one process, since it began to record."""

    recorder: str
    """The process, as a person would know it."""
    accepted: int
    """Taken into memory."""
    stored: int
    """On disk."""
    dropped: int
    """Refused for want of room, or given up."""
    at_ns: int
    """Unix time of the count."""
    left_out: int = 0
    """By a receiver: they broke the format or were too large, and the rest of their request was stored."""
    refused: int = 0
    """Requests, not spans, of which a receiver stored nothing; it told their senders."""


class TallySheet:
    """The file of one process; it never raises, since counting must not break what is counted.

    Args:
        spool: folder of the spool; nothing is written before it exists.
    """

    def __init__(self, spool: Path) -> None:
        self._folder = spool / "tallies"
        self._spool = spool
        self._path = self._folder / f"{os.getpid()}-{os.urandom(4).hex()}.json"
        self._written: tuple[int, ...] = ()
        self._written_at_s = -WRITE_EVERY_S

    def write(
        self, accepted: int, stored: int, dropped: int, *, left_out: int = 0, refused: int = 0, is_last: bool = False
    ) -> None:
        """Put the counts down, at most once a second.

        Args:
            accepted: as in ``Tally``.
            stored: likewise.
            dropped: likewise.
            left_out: likewise.
            refused: likewise.
            is_last: whether nothing follows, so that it is done now.
        """
        counts = (accepted, stored, dropped, left_out, refused)
        now_s = time.monotonic()
        if counts == self._written or not any(counts) or (now_s - self._written_at_s < WRITE_EVERY_S and not is_last):
            return
        with suppress(OSError):  # on a full disk, say; the counts in memory still hold
            if not self._spool.is_dir():
                return
            if not self._folder.is_dir():
                self._folder.mkdir()
            if not self._written:
                _sweep(self._folder)
            tally = Tally(_name_process(), accepted, stored, dropped, time.time_ns(), left_out, refused)
            draft = self._path.with_suffix(".new")
            draft.write_bytes(orjson.dumps(asdict(tally)))
            draft.rename(self._path)
            self._written, self._written_at_s = counts, now_s


def load_tallies(spool: Path) -> list[Tally]:
    """The counts of every process that recorded into a spool lately, newest first.

    Args:
        spool: its folder, which may be missing.
    """
    return sorted(_read(spool / "tallies"), key=lambda tally: tally.at_ns, reverse=True)


def _read(folder: Path) -> Iterator[Tally]:
    for path in folder.glob("*.json"):
        with suppress(OSError, ValueError, TypeError):  # removed meanwhile, or of another version
            yield Tally(**orjson.loads(path.read_bytes()))


def _sweep(folder: Path) -> None:
    for path in folder.iterdir():
        if time.time() - path.stat().st_mtime > KEPT_S:
            path.unlink(missing_ok=True)


def _name_process() -> str:
    return f"process {os.getpid()} ({Path(sys.argv[0]).name or sys.executable})"
