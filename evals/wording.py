"""What a suite found in words: the same in every report."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tierscope.evals.results import CheckResult, Loss, RowResult, SuiteResult
from tierscope.evals.verdict import Outcome
from tierscope.metrics.format import format_value

__all__ = ["Finding", "list_findings"]

_SHOWN_ROWS: Final = 5
_SHOWN_CHARACTERS: Final = 200
_LOSSES: Final = {"partial": "partly lost"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a report: a check, or a check against the baseline."""

    name: str
    topic: str
    """The metric, or ``baseline``."""
    outcome: Outcome
    reason: str
    details: tuple[str, ...]
    """For a finding that did not pass: rows first, then lost signals, with who had them and where they were lost."""


def list_findings(result: SuiteResult) -> list[Finding]:
    """What a suite found, in the order of every report.

    Recorded text in it is shortened and otherwise as it was recorded: whoever shows it makes it safe for its medium.
    """
    checks = [
        Finding(check.name, check.metric, check.outcome, check.reason, tuple(_describe_details(check)))
        for check in result.checks
    ]
    comparisons = [
        Finding(f"{one.name}, against the baseline", "baseline", one.outcome, one.reason, ())
        for one in result.comparisons
    ]
    return checks + comparisons


def _describe_details(check: CheckResult) -> Iterator[str]:
    if check.outcome != "passed":
        yield from _describe_rows(check)
        yield from _describe_losses(check)


def _describe_rows(check: CheckResult) -> Iterator[str]:
    if len(check.rows) == 1 and check.rows[0].sentence is None and check.figure == check.rows[0].value:
        return  # the reason names it already
    for row in check.rows[:_SHOWN_ROWS]:
        said = row.sentence or f"{format_value(row.value, check.unit)}{_spell_n(row)}"
        yield f"{row.name}: {_shorten(said)}" + (", unjudged" if row.outcome == "unjudged" else "")
    if len(check.rows) > _SHOWN_ROWS:
        yield f"showing {_SHOWN_ROWS} of {len(check.rows)} rows"


def _describe_losses(check: CheckResult) -> Iterator[str]:
    for loss in check.losses:
        yield _describe_loss(loss)
    if check.losses_left_out:
        total = len(check.losses) + check.losses_left_out
        yield f"showing {len(check.losses)} of {total} lost signals"


def _describe_loss(loss: Loss) -> str:
    """One lost signal in one line: its text, who had it, and where it was lost."""
    critical = "critical signal " if loss.critical else ""
    where = f"{critical}{_LOSSES.get(loss.verdict, loss.verdict)} at {loss.lost_at} (hop {loss.hop})"
    said = f"; it says: “{_shorten(loss.evidence)}”" if loss.evidence and loss.verdict != "lost" else ""
    return f"{where}: “{_shorten(loss.text)}”, from {loss.from_agent}{said}"


def _spell_n(row: RowResult) -> str:
    return "" if row.n is None else f" (n = {format_value(row.n)})"


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"
