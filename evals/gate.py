"""A whole suite: gather its runs, judge every check, and keep what was found."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tierscope.errors import InputError, NotEnoughDataError
from tierscope.evals.baseline import Baseline
from tierscope.evals.checking import run_check, unchecked
from tierscope.evals.comparison import compare_baselines
from tierscope.evals.gathering import GatheredRuns, Progress, gather_runs
from tierscope.evals.measuring import measure_gathered
from tierscope.evals.results import Comparison, RunSummary, SuiteResult
from tierscope.evals.runs import describe_runs
from tierscope.evals.suite import Suite
from tierscope.evals.verdict import Outcome

__all__ = ["run_suite"]


def run_suite(
    suite: Suite,
    path: Path,
    *,
    baseline: Baseline | None = None,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> SuiteResult:
    """Judge a suite.

    Args:
        suite: from ``load_suite``.
        path: its file, from whose folder paths in it are seen.
        baseline: what the figures are compared with beside the suite's own expectations.
        now: the present; the clock's where None.
        progress: told the repetitions of the command done, or the files read.

    Returns:
        The result. A command that fails or runs that are missing do not raise: every check then carries the reason, so
        that the reports of a CI job exist in any case.
    """
    try:
        with gather_runs(suite.runs, path.parent, progress) as gathered:
            return _judge(suite, path, gathered, baseline, now or datetime.now(UTC))
    except NotEnoughDataError as error:
        return _without_runs(suite, path, "unjudged", str(error))
    except InputError as error:
        return _without_runs(suite, path, "mistake", str(error))


def _judge(suite: Suite, path: Path, gathered: GatheredRuns, baseline: Baseline | None, now: datetime) -> SuiteResult:
    runs = describe_runs(gathered)
    if len(runs) < suite.min_runs:
        problem = f"There are {len(runs)} runs, and the suite asks for at least {suite.min_runs}."
        return _without_runs(suite, path, "unjudged", problem, runs)
    checks = tuple(run_check(check, gathered.store, gathered.run_ids) for check in suite.checks)
    comparisons: tuple[Comparison, ...] = ()
    if baseline is not None:
        comparisons = compare_baselines(baseline, measure_gathered(suite, path, gathered, runs, now))
    return SuiteResult(suite.suite, suite.description, str(path), checks, runs, comparisons=comparisons)


def _without_runs(
    suite: Suite, path: Path, outcome: Outcome, problem: str, runs: Sequence[RunSummary] = ()
) -> SuiteResult:
    checks = tuple(unchecked(check, outcome, problem) for check in suite.checks)
    return SuiteResult(suite.suite, suite.description, str(path), checks, tuple(runs), problem)
