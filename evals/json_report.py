"""What a gate found, as JSON for programs."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tierscope import __version__
from tierscope.evals.results import SuiteResult, decide_overall

__all__ = ["render_json"]


def render_json(results: Sequence[SuiteResult]) -> dict[str, Any]:
    """One record over all suites.

    Args:
        results: one for each suite.

    Returns:
        ``{verdict, exit_code, tierscope_version, suites: [{suite, file, verdict, problem, runs, checks: [{name,
        outcome, reason, metric, column, unit, expect, figure, n, rows, losses, ...}]}]}``. What was not measured is
        null.
    """
    verdict = decide_overall(results)
    return {
        "verdict": verdict.name.lower(),
        "exit_code": verdict.exit_code,
        "tierscope_version": __version__,
        "suites": [{**asdict(result), "verdict": result.verdict.name.lower()} for result in results],
    }
