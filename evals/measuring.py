"""The figures of a suite's checks, over all runs and over each run alone."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tierscope import __version__
from tierscope.evals.baseline import Baseline, BaselineFigure, BaselineRun, RunFigure
from tierscope.evals.checking import compute_frame, hides_rows
from tierscope.evals.expectation import Figure
from tierscope.evals.fitting import checked_column, unit_of
from tierscope.evals.gathering import GatheredRuns, Progress, gather_runs
from tierscope.evals.reduction import Measured, measure_check
from tierscope.evals.results import RunSummary
from tierscope.evals.runs import describe_runs
from tierscope.evals.suite import Check, Suite
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, explain_left_out, find_metric

__all__ = ["measure_gathered", "measure_suite"]


def measure_suite(suite: Suite, path: Path, made_at: datetime, progress: Progress | None = None) -> Baseline:
    """Gather a suite's runs and keep what its checks measure.

    Args:
        suite: from ``load_suite``.
        path: its file.
        made_at: the time to record.
        progress: as for ``run_suite``.

    Raises:
        InputError: the runs cannot be gathered or a metric cannot be computed.
        NotEnoughDataError: there is no run.
    """
    with gather_runs(suite.runs, path.parent, progress) as gathered:
        runs = describe_runs(gathered)
        return measure_gathered(suite, path, gathered, runs, made_at)


def measure_gathered(
    suite: Suite, path: Path, gathered: GatheredRuns, runs: Sequence[RunSummary], made_at: datetime
) -> Baseline:
    """The same over runs that were gathered already.

    Raises:
        InputError: a metric cannot be computed.
    """
    return Baseline(
        suite=suite.suite,
        suite_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        made_at=made_at,
        tierscope_version=__version__,
        runs=[
            BaselineRun(run_id=run.run_id, label=run.label, project=run.project, version=run.version) for run in runs
        ],
        figures=[_measure(check, gathered.store, gathered.run_ids) for check in suite.checks],
    )


def _measure(check: Check, store: Store, run_ids: Sequence[str]) -> BaselineFigure:
    together = _measure_over(check, store, run_ids)
    direction = check.better or find_metric(check.metric).direction
    return BaselineFigure(
        check=check.name,
        metric=check.metric,
        column=checked_column(check),
        aggregate=check.aggregate,
        unit=unit_of(check),
        better=None if direction == "neutral" else direction,
        tolerance=check.tolerance,
        value=_as_number(together.figure),
        n=together.n,
        per_run=[_measure_run(check, store, run_id) for run_id in run_ids],
    )


def _measure_run(check: Check, store: Store, run_id: str) -> RunFigure:
    alone = _measure_over(check, store, [run_id])
    return RunFigure(run_id=run_id, value=_as_number(alone.figure), n=alone.n)


def _measure_over(check: Check, store: Store, run_ids: Sequence[str]) -> Measured:
    frame = compute_frame(check, store, run_ids)
    measured = measure_check(check, frame, len(run_ids))
    if frame.is_empty() and hides_rows(check, explain_left_out(check.metric, store, RunFilter(runs=tuple(run_ids)))):
        return replace(measured, figure=None)
    return measured


def _as_number(figure: Figure | None) -> float | None:
    return None if figure is None or isinstance(figure, str) or not math.isfinite(figure) else float(figure)
