"""What became of the signals at each hop towards the root, as bars that need neither script nor image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tierscope.dashboard.audit.computing import Audited
from tierscope.dashboard.theme import VERDICT_COLOURS
from tierscope.metrics.format import format_value

__all__ = ["HopBar", "Piece", "make_hop_bars"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One verdict's part of a bar."""

    colour: str
    share: float
    """0 to 1."""


@dataclass(frozen=True, slots=True)
class HopBar:
    """One hop."""

    hop: str
    """Such as ``2 -> 1``, or end to end."""
    n: int
    """Signals that were judged."""
    pieces: Sequence[Piece]
    said: str
    """The shares in words; the bar is never the only place where they stand."""


def make_hop_bars(audited: Audited) -> list[HopBar]:
    """One bar for each hop, the leaves' first and end to end last; none where no signal could be judged.

    Args:
        audited: every metric over the runs.
    """
    frame = audited.frame("synthesis_retention")
    return [] if frame is None else [_make_bar(row) for row in frame.iter_rows(named=True) if row["n"]]


def _make_bar(row: dict[str, Any]) -> HopBar:
    shares = {verdict: row[f"{verdict}_share"] for verdict in VERDICT_COLOURS if row[f"{verdict}_share"]}
    said = ", ".join(f"{verdict} {format_value(share, 'share')}" for verdict, share in shares.items())
    pieces = [Piece(VERDICT_COLOURS[verdict], share) for verdict, share in shares.items()]
    return HopBar(row["hop"], row["n"], pieces, said)
