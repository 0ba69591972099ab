"""Gates for CI: suites of expectations on any metric, one verdict, baselines, and reports of what was found."""

from tierscope.evals.baseline import Baseline, load_baseline, render_baseline
from tierscope.evals.comparison import compare_baselines
from tierscope.evals.gate import run_suite
from tierscope.evals.json_report import render_json
from tierscope.evals.junit_report import render_junit
from tierscope.evals.loading import export_schema, load_suite
from tierscope.evals.markdown_report import render_markdown
from tierscope.evals.measuring import measure_suite
from tierscope.evals.results import CheckResult, Comparison, Loss, RowResult, RunSummary, SuiteResult, decide_overall
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
