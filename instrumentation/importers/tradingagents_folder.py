"""TradingAgents' report folder: ``<ticker>_<date>_<time>_<commit>/`` with a folder of reports per stage.

Only the run as a whole has a time, in the name of the folder; so durations are not known.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tierscope.errors import UnreadableFileError
from tierscope.instrumentation.importers.format import Format
from tierscope.instrumentation.importers.tradingagents import (
    Report,
    ReportedRun,
    Stage,
    build_spans,
)
from tierscope.instrumentation.spans import Span

__all__ = ["FORMAT", "read_report"]

_STAGES: Final[dict[str, Stage]] = {
    "1_analysts": "analysts",
    "2_research": "research",
    "3_trading": "trading",
    "4_risk": "risk",
    "5_portfolio": "portfolio",
}
_NAME: Final = re.compile(r"(?P<ticker>.+?)_(?P<time>\d{8}_\d{6})(?:_(?P<commit>[0-9a-f]{7,40}))?")


def sniff(path: Path) -> bool:
    """Whether a folder holds at least one report of a stage."""
    return path.is_dir() and next(_find_reports(path), None) is not None


def load(path: Path) -> list[Span]:
    """Make spans of a report folder.

    Raises:
        UnreadableFileError: a report cannot be read, or is not text.
    """
    reports = [Report.titled(stage, file.stem, read_report(file)) for stage, file in _find_reports(path)]
    name = path.resolve().name
    label, started_ns, commit = _parse_name(name)
    return build_spans(
        ReportedRun(
            format=FORMAT.name,
            name=name,
            label=label,
            started_ns=started_ns,
            version=commit,
            reports=reports,
        )
    )


def read_report(file: Path) -> str:
    """The text of a report.

    Raises:
        UnreadableFileError: it cannot be read, or is not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig").strip()
    except OSError as error:
        raise UnreadableFileError(f"{file} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(
            f"{file} is not text in UTF-8 (byte {error.start}), so its run was left out."
        ) from error


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


FORMAT: Final = Format("TradingAgents reports", sniff, load)
