"""One check: the metric's frame, what is compared, and what that says."""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from tierscope.errors import InputError, NotEnoughDataError
from tierscope.evals.fitting import checked_column, unit_of
from tierscope.evals.losses import SIGNAL_METRICS, find_losses
from tierscope.evals.reduction import Measured, measure_check
from tierscope.evals.results import CheckResult
from tierscope.evals.suite import Check
from tierscope.evals.verdict import Outcome
from tierscope.instrumentation.store import Store
from tierscope.metrics import LeftOut, RunFilter, compute, explain_left_out
from tierscope.metrics.format import format_value

__all__ = ["compute_frame", "hides_rows", "judge_frame", "run_check", "unchecked"]


def run_check(check: Check, store: Store, run_ids: Sequence[str]) -> CheckResult:
    """Compute a check's metric over some runs and compare.

    Args:
        check: fits its metric, as ``load_suite`` makes sure.
        store: where the runs are.
        run_ids: at least one.

    Returns:
        The result; a metric that cannot be computed is a ``mistake`` or ``unjudged`` with the reason, not an error.
    """
    try:
        frame = compute_frame(check, store, run_ids)
    except NotEnoughDataError as error:
        return unchecked(check, "unjudged", str(error))
    except InputError as error:
        return unchecked(check, "mistake", str(error))
    result = judge_frame(check, frame, len(run_ids))
    if frame.is_empty():
        return _explain_emptiness(check, result, store, run_ids)
    if result.outcome == "failed" and check.metric in SIGNAL_METRICS:
        losses, left_out = find_losses(result, store, run_ids)
        return replace(result, losses=losses, losses_left_out=left_out)
    return result


def _explain_emptiness(check: Check, result: CheckResult, store: Store, run_ids: Sequence[str]) -> CheckResult:
    """Of a metric without rows: what was not recorded, for want of which there may be none."""
    lacking = explain_left_out(check.metric, store, RunFilter(runs=tuple(run_ids)))
    if not lacking:
        return result
    left_out = "; ".join(one.sentence for one in lacking)
    told = replace(result, reason=f"{result.reason.removesuffix('.')}; left out: {left_out}.")
    return replace(told, outcome="unjudged") if hides_rows(check, lacking) else told


def hides_rows(check: Check, lacking: Sequence[LeftOut]) -> bool:
    """Whether that a metric has no row says nothing: what it rests on was recorded of no agent, or of no run.

    Args:
        check: may pass over what was not measured.
        lacking: what was not recorded, of ``explain_left_out``.
    """
    return check.unmeasured == "unjudged" and any(one.n == one.of for one in lacking)


def compute_frame(check: Check, store: Store, run_ids: Sequence[str]) -> pl.DataFrame:
    """The frame of a check's metric over some runs, all rows.

    Raises:
        InputError: it cannot be computed, for lack of an extra for instance.
        NotEnoughDataError: too little was recorded.
    """
    return compute(check.metric, store, RunFilter(runs=tuple(run_ids)), **check.options)


def judge_frame(check: Check, frame: pl.DataFrame, runs: int) -> CheckResult:
    """Compare a metric's frame with what is expected of it.

    Args:
        check: the expectation.
        frame: the metric's frame, all rows.
        runs: number of runs that it was computed over.
    """
    measured = measure_check(check, frame, runs)
    if measured.figure is None:
        return _result(check, "unjudged", f"{measured.undecided}.", measured)
    holds = check.expectation.holds(measured.figure)
    sentence = _describe(check, measured)
    # What is missing cannot mend a row that breaks "every", nor spoil one that fulfils "any".
    settled = (check.aggregate == "every" and not holds) or (check.aggregate == "any" and holds)
    settled |= check.aggregate == "count" and check.expectation.worst == ("min" if holds else "max")
    if measured.undecided and not settled:
        return _result(check, "unjudged", f"{sentence}; {measured.undecided}.", measured)
    return _result(check, "passed" if holds else "failed", f"{sentence}.", measured)


def unchecked(check: Check, outcome: Outcome, reason: str) -> CheckResult:
    """The result of a check whose metric has no frame."""
    return _result(check, outcome, reason, Measured(None, None))


def _describe(check: Check, measured: Measured) -> str:
    """The figure, where it stands, n, and what was expected."""
    what = f"{check.metric}.{checked_column(check)}"
    if check.aggregate == "count":
        what = f"the number of rows of {check.metric}"
    elif check.aggregate not in {"every", "any"}:
        what = f"the {check.aggregate} of {what}"
    figure = format_value(measured.figure, unit_of(check))
    n = "" if measured.n is None else f" (n = {format_value(measured.n)})"
    return f"{what} is {figure}{_locate(measured)}{n}, expected {_spell_expectation(check)}"


def _spell_expectation(check: Check) -> str:
    expectation, unit = check.expectation, unit_of(check)
    value = format_value(expectation.value, unit)
    if expectation.comparison == "==":
        return value
    upper = "" if expectation.upper is None else f" and {format_value(expectation.upper, unit)}"
    return f"{expectation.comparison} {value}{upper}"


def _locate(measured: Measured) -> str:
    return f" at {measured.decisive.name}" if measured.decisive and measured.decisive.name else ""


def _result(check: Check, outcome: Outcome, reason: str, measured: Measured) -> CheckResult:
    return CheckResult(
        name=check.name,
        outcome=outcome,
        reason=reason,
        metric=check.metric,
        column=checked_column(check),
        unit=unit_of(check),
        expect=check.expect,
        figure=measured.figure,
        n=measured.n,
        rows=tuple(row for row in measured.rows if row.outcome != "passed"),
    )
