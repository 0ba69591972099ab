"""TradingAgents' command-line layout: ``<ticker>/<date>/`` with ``message_tool.log`` and ``reports/*.md``.

The log has a time of day per message; what it tells of the agents' turns is found in ``turns``.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.tradingagents.message_log import read_sessions
from tierscope.instrumentation.importers.tradingagents.reports import Report, ReportedRun, Stage, name_of, read_text
from tierscope.instrumentation.importers.tradingagents.spans import build_spans
from tierscope.instrumentation.importers.tradingagents.turns import Turns, find_turns
from tierscope.instrumentation.spans import Span

__all__ = ["LOG_FOLDER"]

_LOG: Final = "message_tool.log"
_ANALYST_SUFFIX: Final = "_report"
_SUMMARIES: Final[Mapping[str, tuple[Stage, str]]] = {
    "investment_plan": ("research", "manager"),
    "trader_investment_plan": ("trading", "trader"),
    "final_trade_decision": ("portfolio", "decision"),
}
"""Name of a summing-up report's file -> its stage, and its title there."""


def _sniff(path: Path) -> bool:
    return next(_find_reports(path), None) is not None


def _load(path: Path) -> list[Span]:
    written = [Report.titled(stage, title, read_text(file)) for stage, title, file in _find_reports(path)]
    log = read_text(path / _LOG) if (path / _LOG).exists() else ""
    folder = path.resolve()
    ticker, day = name_of(folder.parent), name_of(folder)
    began_ns, turns = _read_turns(log, day, written)
    return build_spans(
        ReportedRun(
            format=LOG_FOLDER.name,
            name=f"{ticker}/{day}",
            label=f"{ticker} {day}",
            started_ns=began_ns,
            version=None,
            reports=turns.reports,
            tool_uses=turns.tool_uses,
        )
    )


def _find_reports(path: Path) -> Iterator[tuple[Stage, str, Path]]:
    for file in sorted((path / "reports").glob("*.md")):
        name = name_of(file)
        if name in _SUMMARIES:
            stage, title = _SUMMARIES[name]
            yield stage, title, file
        elif name.endswith(_ANALYST_SUFFIX):
            yield "analysts", name.removesuffix(_ANALYST_SUFFIX), file


def _read_turns(log: str, day: str, written: list[Report]) -> tuple[int, Turns]:
    """When the run began, and its turns: those of the last session that any of the reports stands in.

    A report is overwritten when the program is started again, so the files are of the last session that came so far.
    Where no session has any, or the folder's name is no date, there are no times.
    """
    untimed = Turns(written, [], 0)
    try:
        midnight = datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC)
    except ValueError:
        return 0, untimed
    for session in reversed(read_sessions(log.splitlines(), midnight)):
        turns = find_turns(session, written)
        if turns.found:
            return session[0].at_ns, turns
    return int(midnight.timestamp()) * 1_000_000_000, untimed


LOG_FOLDER: Final = Format("TradingAgents log", _sniff, _load)
