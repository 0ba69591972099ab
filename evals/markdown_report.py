"""What a gate found, as Markdown for the summary page of a CI job."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tierscope.evals.results import SuiteResult, decide_overall
from tierscope.evals.wording import describe_details

__all__ = ["render_markdown"]

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~@])")


def render_markdown(results: Sequence[SuiteResult]) -> str:
    """The verdict, a table of checks for each suite, and what was lost below it.

    Args:
        results: one for each suite.

    Returns:
        GitHub-flavoured Markdown in which recorded text cannot make markup, links or mentions.
    """
    verdict = decide_overall(results)
    lines = [f"## tierscope: {verdict.text}", ""]
    for result in results:
        lines += _render_suite(result)
    return "\n".join(lines)


def _render_suite(result: SuiteResult) -> Iterator[str]:
    yield f"### {_escape(result.suite)}: {result.verdict.text} ({len(result.runs)} runs)"
    yield ""
    if result.description:
        yield from (_escape(result.description), "")
    yield "| check | outcome | found |"
    yield "|---|---|---|"
    for check in result.checks:
        yield f"| {_escape(check.name)} | {check.outcome} | {_escape(check.reason)} |"
    yield ""
    for check in result.checks:
        details = describe_details(check) if check.outcome != "passed" else []
        if details:
            yield f"**{_escape(check.name)}**"
            yield ""
            yield from (f"- {_escape(line)}" for line in details)
            yield ""


def _escape(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
