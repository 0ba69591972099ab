"""What the files of one TradingAgents run tell."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self, TypeAlias

from tierscope.errors import UnreadableFileError

__all__ = ["Interval", "Report", "ReportedRun", "Stage", "ToolUse", "name_of", "read_text"]

Stage: TypeAlias = Literal["analysts", "research", "trading", "risk", "portfolio"]

_LEADS: Final[Mapping[Stage, tuple[str, str]]] = {
    "research": ("manager", "research_manager"),
    "trading": ("trader", "trader"),
    "portfolio": ("decision", "portfolio_manager"),
}
"""Stage -> (what its summing-up report is called, the agent that writes it)."""

_MEMBER_SUFFIX: Final[Mapping[Stage, str]] = {"research": "researcher"}
"""Stage -> what its members are, where that is not analysts."""


@dataclass(frozen=True, slots=True)
class Interval:
    """When something began and ended, in Unix nanoseconds."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Report:
    """What one agent wrote."""

    agent: str
    stage: Stage
    text: str
    leads: bool = False
    """Whether it sums up what the agents of its stage and below wrote."""
    turn: Interval | None = None
    """The agent's own turn; None where no times were recorded."""

    @classmethod
    def titled(cls, stage: Stage, title: str, text: str) -> Self:
        """A report whose author follows from where it stood and what it is called there.

        Args:
            stage: where it stood.
            title: its name there, such as ``market`` or ``manager``.
            text: what it says.
        """
        lead_title, lead = _LEADS.get(stage, ("", ""))
        if title == lead_title:
            return cls(lead, stage, text, leads=True)
        return cls(f"{title}_{_MEMBER_SUFFIX.get(stage, 'analyst')}", stage, text)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool."""

    tool: str
    arguments: str
    interval: Interval | None
    """From the call to the answer; None where no answer came."""
    report: int | None
    """Position of the report that the calling agent was working on; None where it was never finished."""


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """One run, as far as its files tell."""

    format: str
    """Which layout it was read from."""
    name: str
    """Name of the folder, such as its ticker and time."""
    label: str
    started_ns: int
    """Unix time of the run as a whole; 0 where even that is not known."""
    version: str | None
    reports: Sequence[Report]
    tool_uses: Sequence[ToolUse] = ()


def name_of(path: Path) -> str:
    """Name of a folder or report, as text that can be stored: bytes that are no UTF-8 are replaced."""
    return os.fsencode(path.name).decode("utf-8", "replace").removesuffix(".md")


def read_text(file: Path) -> str:
    """The text of a report or log, without white space at either end.

    Raises:
        UnreadableFileError: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
        raise UnreadableFileError(f"{file} is not text in UTF-8 ({place}), so its run was left out.") from error
