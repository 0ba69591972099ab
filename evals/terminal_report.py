"""What a gate found, for a person at a terminal."""

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tierscope.evals.results import SuiteResult, decide_overall
from tierscope.evals.verdict import Verdict
from tierscope.evals.wording import Finding, list_findings

__all__ = ["render_terminal"]

_STYLES: Final = {"passed": "green", "failed": "bold red", "mistake": "bold red", "unjudged": "yellow"}
_VERDICT_STYLES: Final = {Verdict.PASSED: "bold green", Verdict.UNJUDGED: "bold yellow"}
_NAMED_RUNS: Final = 5


def render_terminal(results: Sequence[SuiteResult]) -> RenderableType:
    """The checks of every suite, what stands behind those that did not pass, and the verdict in the last line.

    Args:
        results: one for each suite.
    """
    verdict = decide_overall(results)
    parts = [part for result in results for part in _render_suite(result)]
    closing = Text(f"{verdict.text[:1].upper()}{verdict.text[1:]}", _VERDICT_STYLES.get(verdict, "bold red"))
    return Group(*parts, closing.append(f" (exit code {verdict.exit_code})", "dim"))


def _render_suite(result: SuiteResult) -> Iterator[RenderableType]:
    yield _safe(result.suite, "bold").append(f"  {_spell_runs(result)}", "dim")
    if result.problem:
        yield _safe(result.problem)
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in list_findings(result):
        table.add_row(Text(finding.outcome, _STYLES[finding.outcome]), _render_finding(finding, result.problem))
    yield Padding(table, (0, 0, 1, 2))


def _spell_runs(result: SuiteResult) -> str:
    names = [_printable(run.label or run.run_id[:12]) for run in result.runs[:_NAMED_RUNS]]
    more = [f"{len(result.runs) - _NAMED_RUNS} more"] if len(result.runs) > _NAMED_RUNS else []
    return f"n = {len(result.runs)} runs" + (f": {', '.join(names + more)}" if names else "")


def _render_finding(finding: Finding, problem: str | None) -> Text:
    text = _safe(finding.name)
    if finding.reason != problem:
        text.append(f"\n{_printable(finding.reason)}", "dim")
    for line in finding.details:
        text.append(f"\n  {_printable(line)}")
    return text


def _safe(text: str, style: str = "") -> Text:
    return Text(_printable(text), style)


def _printable(text: str) -> str:
    """Recorded text without control characters, which could drive the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
