"""TradingAgents' ``message_tool.log``: one line per message, with the time of day and the kind of message."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

__all__ = ["LogLine", "flatten", "read_sessions"]

_LINE: Final = re.compile(r"(?P<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d) \[(?P<kind>[^\]]+)\] ?(?P<text>.*)")
_SESSION_START: Final = ("System", "Selected ticker:")


@dataclass(frozen=True, slots=True)
class LogLine:
    """One message."""

    at_ns: int
    """Unix time, to the second."""
    kind: str
    """System, Reasoning, Tool Call, Analysis, ..."""
    text: str
    """On one line, and without space at either end."""


def flatten(text: str) -> str:
    """A text on one line, as the log holds it."""
    return " ".join(text.split())


def read_sessions(lines: Iterable[str], day: date) -> list[list[LogLine]]:
    """Parse a log, and cut it where the program was started again: it appends to what stands there.

    Args:
        lines: the log; a line without a time belongs to the message before it.
        day: date of the first line, since the log has the time of day only; the time zone is taken as UTC. A time
            that goes back is of the next day.

    Returns:
        The messages of each start that has any.
    """
    sessions: list[list[LogLine]] = []
    midnight = datetime.combine(day, time(), UTC)
    at = midnight
    for line in lines:
        parts = _LINE.match(line)
        if parts is None:
            if sessions and sessions[-1]:
                last = sessions[-1].pop()
                sessions[-1].append(LogLine(last.at_ns, last.kind, flatten(f"{last.text} {line}")))
            continue
        clock = time.fromisoformat(parts["time"])
        if datetime.combine(midnight, clock, UTC) < at:
            midnight += timedelta(days=1)
        at = datetime.combine(midnight, clock, UTC)
        kind, text = parts["kind"], flatten(parts["text"])
        if not sessions or (kind == _SESSION_START[0] and text.startswith(_SESSION_START[1])):
            sessions.append([])
        sessions[-1].append(LogLine(int(at.timestamp()) * 1_000_000_000, kind, text))
    return sessions
