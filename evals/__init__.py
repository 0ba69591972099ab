"""Gates for CI: suites of expectations on any metric, one verdict, baselines, and reports of what was found.

The names are loaded when they are first asked for, since every pytest loads the plugin that stands here.
"""

from typing import TYPE_CHECKING

from tierscope.lazy import names_from

if TYPE_CHECKING:
    from tierscope.evals.baseline import Baseline, load_baseline, render_baseline
    from tierscope.evals.comparison import compare_baselines
    from tierscope.evals.gate import run_suite
    from tierscope.evals.json_report import render_json
    from tierscope.evals.junit_report import render_junit
    from tierscope.evals.loading import export_schema, load_suite
    from tierscope.evals.markdown_report import render_markdown
    from tierscope.evals.measuring import measure_suite
    from tierscope.evals.results import (
        CheckResult,
        Comparison,
        Loss,
        RowResult,
        RunSummary,
        SuiteResult,
        decide_overall,
    )
    from tierscope.evals.suite import Check, RunSource, StoredRuns, Suite
    from tierscope.evals.terminal_report import render_terminal
    from tierscope.evals.verdict import Outcome, Verdict, decide_verdict

__all__ = [
    "Baseline",
    "Check",
    "CheckResult",
    "Comparison",
    "Loss",
    "Outcome",
    "RowResult",
    "RunSource",
    "RunSummary",
    "StoredRuns",
    "Suite",
    "SuiteResult",
    "Verdict",
    "compare_baselines",
    "decide_overall",
    "decide_verdict",
    "export_schema",
    "load_baseline",
    "load_suite",
    "measure_suite",
    "render_baseline",
    "render_json",
    "render_junit",
    "render_markdown",
    "render_terminal",
    "run_suite",
]

__getattr__ = names_from(
    __name__,
    {
        "Baseline": "baseline",
        "Check": "suite",
        "CheckResult": "results",
        "Comparison": "results",
        "Loss": "results",
        "Outcome": "verdict",
        "RowResult": "results",
        "RunSource": "suite",
        "RunSummary": "results",
        "StoredRuns": "suite",
        "Suite": "suite",
        "SuiteResult": "results",
        "Verdict": "verdict",
        "compare_baselines": "comparison",
        "decide_overall": "results",
        "decide_verdict": "verdict",
        "export_schema": "loading",
        "load_baseline": "baseline",
        "load_suite": "loading",
        "measure_suite": "measuring",
        "render_baseline": "baseline",
        "render_json": "json_report",
        "render_junit": "junit_report",
        "render_markdown": "markdown_report",
        "render_terminal": "terminal_report",
        "run_suite": "gate",
    },
)
