"""TradingAgents' command-line layout: ``<ticker>/<date>/`` with ``message_tool.log`` and ``reports/*.md``.

The log has a time of day per message; what it tells of the agents' turns is found in ``tradingagents_turns``.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.message_log import read_sessions
from tierscope.instrumentation.importers.tradingagents import Report, ReportedRun, Stage, build_spans
from tierscope.instrumentation.importers.tradingagents_folder import read_report
from tierscope.instrumentation.importers.tradingagents_turns import Turns, find_turns
from tierscope.instrumentation.spans import Span

__all__ = ["FORMAT"]

_LOG: Final = "message_tool.log"
_ANALYST_SUFFIX: Final = "_report"
_SUMMARIES: Final[Mapping[str, tuple[Stage, str]]] = {
    "investment_plan": ("research", "manager"),
    "trader_investment_plan": ("trading", "trader"),
    "final_trade_decision": ("portfolio", "decision"),
}
"""Name of a summing-up report's file -> its stage, and its title there."""


def sniff(path: Path) -> bool:
    """Whether a folder holds a folder of reports with names of this layout."""
    return next(_find_reports(path), None) is not None


def load(path: Path) -> list[Span]:
    """Make spans of a folder of the command-line layout.

    Raises:
        UnreadableFileError: the log or a report cannot be read, or is not text.
    """
    written = [Report.titled(stage, title, read_report(file)) for stage, title, file in _find_reports(path)]
    log = read_report(path / _LOG) if (path / _LOG).exists() else ""
    folder = path.resolve()
    began_ns, turns = _read_turns(log, folder.name, written)
    return build_spans(
        ReportedRun(
            format=FORMAT.name,
            name=f"{folder.parent.name}/{folder.name}",
            label=f"{folder.parent.name} {folder.name}",
            started_ns=began_ns,
            version=None,
            reports=turns.reports,
            tool_uses=turns.tool_uses,
        )
    )


def _find_reports(path: Path) -> Iterator[tuple[Stage, str, Path]]:
    for file in sorted((path / "reports").glob("*.md")):
        if file.stem in _SUMMARIES:
            stage, title = _SUMMARIES[file.stem]
            yield stage, title, file
        elif file.stem.endswith(_ANALYST_SUFFIX):
            yield "analysts", file.stem.removesuffix(_ANALYST_SUFFIX), file


def _read_turns(log: str, folder: str, written: list[Report]) -> tuple[int, Turns]:
    """When the run began, and its turns: those of the last session that any of the reports stands in.

    A report is overwritten when the program is started again, so the files are of the last session that came so far.
    Where no session has any, or the folder's name is no date, there are no times.
    """
    untimed = Turns(written, [], 0)
    try:
        day = date.fromisoformat(folder)
    except ValueError:
        return 0, untimed
    for session in reversed(read_sessions(log.splitlines(), day)):
        turns = find_turns(session, written)
        if turns.found:
            return session[0].at_ns, turns
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return int(midnight.timestamp()) * 1_000_000_000, untimed


FORMAT: Final = Format("TradingAgents log", sniff, load)
