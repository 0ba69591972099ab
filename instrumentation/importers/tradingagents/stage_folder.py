"""TradingAgents' report folder: ``<ticker>_<date>_<time>_<commit>/`` with a folder of reports per stage.

Only the run as a whole has a time, in the name of the folder; so durations are not known.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.tradingagents.reports import Report, ReportedRun, Stage, name_of, read_text
from tierscope.instrumentation.importers.tradingagents.spans import build_spans
from tierscope.instrumentation.spans import Span

__all__ = ["STAGE_FOLDER"]

_STAGES: Final[dict[str, Stage]] = {
    "1_analysts": "analysts",
    "2_research": "research",
    "3_trading": "trading",
    "4_risk": "risk",
    "5_portfolio": "portfolio",
}
_NAME: Final = re.compile(r"(?P<ticker>.+?)_(?P<time>\d{8}_\d{6})(?:_(?P<commit>[0-9a-f]{7,40}))?")


def _sniff(path: Path) -> bool:
    return path.is_dir() and next(_find_reports(path), None) is not None


def _load(path: Path) -> list[Span]:
    name = name_of(path.resolve())
    label, started_ns, commit = _parse_name(name)
    return build_spans(
        ReportedRun(
            format=STAGE_FOLDER.name,
            name=name,
            label=label,
            started_ns=started_ns,
            version=commit,
            reports=[Report.titled(stage, name_of(file), read_text(file)) for stage, file in _find_reports(path)],
        )
    )


def _find_reports(path: Path) -> Iterator[tuple[Stage, Path]]:
    for folder, stage in _STAGES.items():
        for file in sorted((path / folder).glob("*.md")):
            yield stage, file


def _parse_name(name: str) -> tuple[str, int, str | None]:
    """Label, time and commit of a run from its folder's name; the time has no zone, and is read as UTC."""
    parts = _NAME.fullmatch(name)
    if parts is not None:
        with suppress(ValueError):  # digits that are no date: the name is all there is
            time = datetime.strptime(parts["time"], "%Y%m%d_%H%M%S").replace(tzinfo=UTC)
            return f"{parts['ticker']} {time:%Y-%m-%d %H:%M}", int(time.timestamp()) * 1_000_000_000, parts["commit"]
    return name, 0, None


STAGE_FOLDER: Final = Format("TradingAgents reports", _sniff, _load)
