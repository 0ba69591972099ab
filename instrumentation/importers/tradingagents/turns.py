"""Whose turn it was when, in a session of TradingAgents' message log.

The log names no agent. A report stands in it as the message that ended its author's turn; turns follow one another, so
each began where the one before it ended. Debaters leave no report, but the risk stage's messages bear their names.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tierscope.instrumentation.importers.tradingagents.message_log import LogLine, flatten
from tierscope.instrumentation.importers.tradingagents.reports import Interval, Report, Stage, ToolUse

__all__ = ["Turns", "find_turns"]

_DEBATERS: Final[Mapping[str, Stage]] = {
    "Bull": "research",
    "Bear": "research",
    "Risky": "risk",
    "Safe": "risk",
    "Aggressive": "risk",
    "Conservative": "risk",
    "Neutral": "risk",
}
_LABEL: Final = re.compile(r"(?:(?P<who>[A-Z][a-z]+) (?:Analyst|Researcher|Manager): )+")
_NEXT_AGENT: Final = "Continue"
"""Message with which the conversation is emptied for the next analyst."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What a session tells about its agents."""

    reports: list[Report]
    """Every given report, with its author's turn where the session has it, and the debaters' messages."""
    tool_uses: list[ToolUse]
    found: int
    """How many of the given reports the session has."""


def find_turns(session: Iterable[LogLine], written: Iterable[Report]) -> Turns:
    """Find the turns of a session.

    Args:
        session: its messages, in order.
        written: the reports that were left in files, without turns.
    """
    reader = _Reader(written)
    for line in session:
        reader.read(line)
    return reader.turns()


@dataclass(slots=True)
class _Call:
    """A tool's call, while the session is being read."""

    text: str
    called_ns: int
    answered_ns: int | None = None
    report: int | None = None


class _Reader:
    """Follows a session message by message."""

    def __init__(self, written: Iterable[Report]) -> None:
        self._unfound = [(flatten(report.text), report) for report in written]
        self._reports: list[Report] = []
        self._calls: list[_Call] = []
        self._seen: set[str] = set()
        self._turn_began_ns: int | None = None
        self._first_call = 0
        """Position of the first call in this turn."""
        self._found = 0

    def read(self, line: LogLine) -> None:
        if self._turn_began_ns is None:
            self._turn_began_ns = line.at_ns
        if line.kind == "Tool Call":
            self._calls.append(_Call(line.text, line.at_ns))
        elif line.text == _NEXT_AGENT:
            self._first_call = len(self._calls)
        elif line.text and line.text not in self._seen:  # the log repeats the latest message of earlier agents
            self._seen.add(line.text)
            self._answer_calls(line.at_ns)
            report = self._recognise(line.text)
            if report is not None:
                self._end_turn(replace(report, turn=Interval(self._turn_began_ns, line.at_ns)))
                self._turn_began_ns = line.at_ns

    def turns(self) -> Turns:
        return Turns(
            [*self._reports, *(report for _, report in self._unfound)],
            [_tool_use(call) for call in self._calls],
            self._found,
        )

    def _answer_calls(self, at_ns: int) -> None:
        for call in self._calls[self._first_call :]:
            call.answered_ns = call.answered_ns or at_ns

    def _recognise(self, text: str) -> Report | None:
        label = _LABEL.match(text)
        said = text[label.end() :] if label else text
        for position, (text_of_file, report) in enumerate(self._unfound):
            if said == text_of_file:
                self._found += 1
                del self._unfound[position]
                return report
        if label and label["who"] in _DEBATERS:
            return Report.titled(_DEBATERS[label["who"]], label["who"].lower(), said)
        return None

    def _end_turn(self, report: Report) -> None:
        for call in self._calls[self._first_call :]:
            call.report = len(self._reports)
        self._first_call = len(self._calls)
        self._reports.append(report)


def _tool_use(call: _Call) -> ToolUse:
    tool, _, arguments = call.text.partition("(")
    interval = None if call.answered_ns is None else Interval(call.called_ns, call.answered_ns)
    return ToolUse(tool, arguments.removesuffix(")"), interval, call.report)
