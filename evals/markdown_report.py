"""What a gate found, as Markdown for the summary page of a CI job."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tierscope.evals.results import SuiteResult, decide_overall
from tierscope.evals.wording import list_findings

__all__ = ["render_markdown"]

_MARKUP: Final = re.compile(r"([\\`*_\[\]<>|~])")


def render_markdown(results: Sequence[SuiteResult]) -> str:
    """The verdict, a table of checks for each suite, and what was lost below it.

    Args:
        results: one for each suite.

    Returns:
        GitHub-flavoured Markdown in which recorded text cannot make markup or links.
    """
    verdict = decide_overall(results)
    lines = [f"## tierscope: {verdict.text}", ""]
    for result in results:
        lines += _render_suite(result)
    return "\n".join(lines) + "\n"


def _render_suite(result: SuiteResult) -> Iterator[str]:
    yield f"### {_escape(result.suite)}: {result.verdict.text} ({len(result.runs)} runs)"
    yield ""
    if result.description:
        yield from (_escape(result.description), "")
    yield "| check | outcome | found |"
    yield "|---|---|---|"
    findings = list_findings(result)
    for finding in findings:
        yield f"| {_escape(finding.name)} | {finding.outcome} | {_escape(finding.reason)} |"
    yield ""
    for finding in findings:
        if finding.details:
            yield f"**{_escape(finding.name)}**"
            yield ""
            yield from (f"- {_escape(line)}" for line in finding.details)
            yield ""


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
