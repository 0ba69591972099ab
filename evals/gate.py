"""A whole suite: gather its runs, judge every check, and keep what was found."""

from collections.abc import Sequence
from pathlib import Path

from tierscope.errors import InputError, NotEnoughDataError
from tierscope.evals.checking import run_check, unchecked
from tierscope.evals.gathering import GatheredRuns, Progress, gather_runs
from tierscope.evals.results import RunSummary, SuiteResult
from tierscope.evals.suite import Suite
from tierscope.evals.verdict import Outcome
from tierscope.metrics import load_frames

__all__ = ["describe_runs", "run_suite"]


def run_suite(suite: Suite, path: Path, progress: Progress | None = None) -> SuiteResult:
    """Judge a suite.

    Args:
        suite: from ``load_suite``.
        path: its file, from whose folder paths in it are seen.
        progress: told the repetitions of the command done, or the files read.

    Returns:
        The result. A command that fails or runs that are missing do not raise: every check then carries the reason, so
        that the reports of a CI job exist in any case.
    """
    try:
        with gather_runs(suite.runs, path.parent, progress) as gathered:
            return _judge(suite, path, gathered)
    except NotEnoughDataError as error:
        return _without_runs(suite, path, "unjudged", str(error))
    except InputError as error:
        return _without_runs(suite, path, "mistake", str(error))


def describe_runs(gathered: GatheredRuns) -> tuple[RunSummary, ...]:
    """What a report says about each run."""
    frame = load_frames(gathered.store, ["runs"], gathered.run_ids)["runs"]
    return tuple(
        RunSummary(row["run_id"], row["label"], row["project"], row["version"], row["status"])
        for row in frame.iter_rows(named=True)
    )


def _judge(suite: Suite, path: Path, gathered: GatheredRuns) -> SuiteResult:
    runs = describe_runs(gathered)
    if len(runs) < suite.min_runs:
        problem = f"There are {len(runs)} runs, and the suite asks for at least {suite.min_runs}."
        return _without_runs(suite, path, "unjudged", problem, runs)
    checks = tuple(run_check(check, gathered.store, gathered.run_ids) for check in suite.checks)
    return SuiteResult(suite.suite, suite.description, str(path), checks, runs)


def _without_runs(
    suite: Suite, path: Path, outcome: Outcome, problem: str, runs: Sequence[RunSummary] = ()
) -> SuiteResult:
    checks = tuple(unchecked(check, outcome, problem) for check in suite.checks)
    return SuiteResult(suite.suite, suite.description, str(path), checks, tuple(runs), problem)
