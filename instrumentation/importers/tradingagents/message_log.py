"""TradingAgents' ``message_tool.log``: one line per message, with the time of day and the kind of message."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final

__all__ = ["LogLine", "flatten", "read_sessions"]

_LINE: Final = re.compile(r"(?P<time>(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d) \[(?P<kind>[^\]]+)\] ?(?P<text>.*)")
_SESSION_KIND: Final = "System"
_SESSION_TEXT: Final = "Selected ticker:"
"""Kind and beginning of the message with which every start of the program begins."""


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


def read_sessions(lines: Iterable[str], midnight: datetime) -> list[list[LogLine]]:
    """Parse a log, and cut it where the program was started again: it appends to what stands there.

    Args:
        lines: the log; a line without a time belongs to the message before it.
        midnight: the beginning of the first line's day, aware, since the log has the time of day only. A time that
            goes back is of the next day.

    Returns:
        The messages of each start that has any.
    """
    sessions: list[list[LogLine]] = []
    at = midnight
    for line in lines:
        parts = _LINE.match(line)
        if parts is not None:
            at = _next_time(at, time.fromisoformat(parts["time"]))
            message = LogLine(int(at.timestamp()) * 1_000_000_000, parts["kind"], flatten(parts["text"]))
            if not sessions or (message.kind == _SESSION_KIND and message.text.startswith(_SESSION_TEXT)):
                sessions.append([])
            sessions[-1].append(message)
        elif sessions:
            last = sessions[-1][-1]
            sessions[-1][-1] = replace(last, text=flatten(f"{last.text} {line}"))
    return sessions


def _next_time(before: datetime, clock: time) -> datetime:
    """The first moment at a time of day that is not before another."""
    at = datetime.combine(before, clock, before.tzinfo)
    return at if at >= before else at + timedelta(days=1)
