"""From the rows of a check to the one figure that is compared."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import polars as pl

from tierscope.evals.expectation import Figure
from tierscope.evals.results import RowResult
from tierscope.evals.rows import count_unmeasured, explain_no_rows, select_rows
from tierscope.evals.suite import Check
from tierscope.evals.verdict import Outcome

__all__ = ["Measured", "measure_check"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What a check compares, before it is compared."""

    figure: Figure | None
    """None where nothing was measured."""
    n: int | None
    rows: tuple[RowResult, ...] = ()
    """All selected rows."""
    decisive: RowResult | None = None
    """The row whose value the figure is; None where it is made of several."""
    undecided: str | None = None
    """Why the figure may not be the last word: rows without a value or with too small an n, or no rows."""


def measure_check(check: Check, frame: pl.DataFrame, runs: int) -> Measured:
    """Select a check's rows and reduce them to the figure that is compared.

    Args:
        check: which rows, and how they become one figure.
        frame: the metric's frame, all rows.
        runs: number of runs that it was computed over; the n of a count.

    Returns:
        For ``every`` the row that is nearest to breaking the expectation, for ``any`` the one nearest to fulfilling it.
    """
    rows = select_rows(check, frame)
    if check.aggregate == "count":
        return _count(check, frame, rows, runs)
    if not rows:
        return Measured(None, None, undecided=explain_no_rows(check, frame))
    known = [row for row in rows if row.outcome != "unjudged"]
    undecided = _count_unknown(check, rows) if check.unmeasured == "unjudged" or not known else None
    if not known:
        return Measured(None, None, rows, undecided=undecided)
    if check.aggregate in {"mean", "sum"}:
        return Measured(_combine(check, known), _total_n(known), rows, undecided=undecided)
    decisive = _pick_decisive(check, known)
    return Measured(decisive.value, decisive.n, rows, decisive, undecided)


def _count(check: Check, frame: pl.DataFrame, rows: Sequence[RowResult], runs: int) -> Measured:
    """The number of rows; those that rest on nothing may be of the kind that is counted or not."""
    unknown = count_unmeasured(check, frame) if check.unmeasured == "unjudged" else 0
    holds = check.expectation.holds(float(len(rows)))
    counted = tuple(rows) if holds else tuple(replace(row, outcome="failed") for row in rows)
    undecided = f"of {unknown} of {frame.height} rows nothing was measured" if unknown else None
    return Measured(float(len(rows)), runs, counted, undecided=undecided)


def _count_unknown(check: Check, rows: Sequence[RowResult]) -> str | None:
    unknown = [row for row in rows if row.outcome == "unjudged"]
    empty = sum(row.value is None for row in unknown)
    reasons = [f"{empty} without a value"] if empty else []
    reasons += [f"{len(unknown) - empty} with n below {check.min_n}"] if len(unknown) > empty else []
    return f"{len(unknown)} of {len(rows)} rows cannot be judged: {', '.join(reasons)}" if unknown else None


def _combine(check: Check, known: Sequence[RowResult]) -> float:
    total = math.fsum(_size(row) for row in known)
    return total / len(known) if check.aggregate == "mean" else total


def _total_n(known: Sequence[RowResult]) -> int | None:
    counts = [row.n for row in known if row.n is not None]
    return sum(counts) if counts else None


def _pick_decisive(check: Check, known: Sequence[RowResult]) -> RowResult:
    worst = check.aggregate if check.aggregate in {"max", "min"} else check.expectation.worst
    if worst is None:
        sought: Outcome = "passed" if check.aggregate == "any" else "failed"
        return next((row for row in known if row.outcome == sought), known[0])
    pick_largest = (worst == "max") != (check.aggregate == "any")
    return max(known, key=_size) if pick_largest else min(known, key=_size)


def _size(row: RowResult) -> float:
    """A row's value as a number; only rows of numeric columns are ordered or added."""
    return float(row.value) if isinstance(row.value, int | float) else math.nan
