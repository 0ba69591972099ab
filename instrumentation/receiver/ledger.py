"""What a receiver took and what it refused, counted and put down where other processes find it."""

import asyncio
from pathlib import Path

from tierscope.instrumentation.receiver.intake import Intake
from tierscope.instrumentation.tallies import WRITE_EVERY_S, TallySheet

__all__ = ["Ledger"]


class Ledger:
    """The counts of one server; belongs to one event loop.

    Args:
        spool: folder of the spool.
    """

    def __init__(self, spool: Path) -> None:
        self._sheet = TallySheet(spool)
        self._acknowledged = 0
        self._left_out = 0
        self._refused = 0
        self._writing: asyncio.TimerHandle | None = None

    def note_taken(self, intake: Intake) -> None:
        """Count a request that was acknowledged."""
        self._acknowledged += intake.accepted
        self._left_out += intake.rejected
        self._write_soon()

    def note_refused(self) -> None:
        """Count a request of which nothing was stored."""
        self._refused += 1
        self._write_soon()

    def write(self) -> None:
        """Put the counts down now."""
        self._writing = None
        taken = self._acknowledged
        self._sheet.write(taken, taken, 0, left_out=self._left_out, refused=self._refused, is_last=True)

    def _write_soon(self) -> None:
        """Once for all requests of a second, also where none comes after them."""
        if self._writing is None:
            self._writing = asyncio.get_running_loop().call_later(WRITE_EVERY_S, self.write)
