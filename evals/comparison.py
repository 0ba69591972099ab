"""Whether figures got worse than a baseline by more than is tolerated and more than chance explains."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from tierscope.evals.baseline import Baseline, BaselineFigure
from tierscope.evals.results import Comparison
from tierscope.evals.verdict import Outcome
from tierscope.metrics.bootstrap import SEED, difference_interval
from tierscope.metrics.format import format_interval, format_value

__all__ = ["MIN_RUNS", "compare_baselines"]

MIN_RUNS: Final = 5
"""With fewer runs on either side an interval from resampling says too little."""

CONFIDENCE: Final = 0.95
"""That no interval of a whole comparison misses its true difference (Bonferroni over the figures compared)."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Mean over runs, now minus before, with its interval."""

    before: float
    difference: float
    low: float
    high: float
    confidence: float
    runs_before: int
    runs_now: int


def compare_baselines(old: Baseline, new: Baseline, *, seed: int = SEED) -> tuple[Comparison, ...]:
    """Compare the figures of two measurements of a suite, check by check.

    Args:
        old: what was good.
        new: what is to be judged; its checks' tolerances hold.
        seed: of the resampling.

    Returns:
        One comparison for each check of ``new``, matched by name. ``failed`` only where the whole interval of the
        worsening lies beyond the tolerance; ``unjudged`` where either side has fewer than five runs with a figure, or
        the old one lacks the check.
    """
    earlier = {figure.check: figure for figure in old.figures}
    compared = max(sum(figure.check in earlier for figure in new.figures), 1)
    confidence = 1 - (1 - CONFIDENCE) / compared
    return tuple(_compare(earlier.get(figure.check), figure, confidence, seed) for figure in new.figures)


def _compare(old: BaselineFigure | None, new: BaselineFigure, confidence: float, seed: int) -> Comparison:
    if old is None:
        return _undecided(new, "unjudged", "the baseline has no check of this name; save it again.")
    if (old.metric, old.column, old.aggregate) != (new.metric, new.column, new.aggregate):
        return _undecided(new, "unjudged", "the check compares another figure than the baseline's; save it again.")
    before, after = _values(old), _values(new)
    if min(len(before), len(after)) < MIN_RUNS:
        counts = f"{len(before)} runs before and {len(after)} now"
        return _undecided(new, "unjudged", f"{counts} have a figure, and a comparison needs {MIN_RUNS} on each side.")
    change = _measure_change(before, after, confidence, seed)
    tolerance = max(new.tolerance.absolute, new.tolerance.relative * abs(change.before))
    outcome, judgement = _judge(change, new, tolerance)
    return Comparison(
        name=new.check,
        outcome=outcome,
        reason=_describe(change, new, judgement),
        unit=new.unit,
        baseline=change.before,
        baseline_n=change.runs_before,
        current=change.before + change.difference,
        current_n=change.runs_now,
        low=change.low,
        high=change.high,
        confidence=confidence,
        tolerance=tolerance,
    )


def _measure_change(before: Sequence[float], after: Sequence[float], confidence: float, seed: int) -> _Change:
    # A mean over runs is a ratio whose denominators are 1: each run is one cluster.
    groups = [(values, [1.0] * len(values)) for values in (before, after)]
    interval = difference_interval(groups[0], groups[1], is_share=False, level=confidence, seed=seed)
    mean, difference = fmean(before), fmean(after) - fmean(before)
    low = difference if interval.low is None else interval.low
    high = difference if interval.high is None else interval.high
    return _Change(mean, difference, low, high, confidence, len(before), len(after))


def _values(figure: BaselineFigure) -> Sequence[float]:
    return [run.value for run in figure.per_run if run.value is not None]


def _judge(change: _Change, figure: BaselineFigure, tolerance: float) -> tuple[Outcome, str]:
    if figure.better is None:
        return "passed", "neither way is better, so it is only shown"
    # The worsening's interval: for a figure that should be high, a fall is the worsening.
    least, most = (change.low, change.high) if figure.better == "lower" else (-change.high, -change.low)
    worse = f"worse by more than the tolerated {format_value(tolerance, figure.unit)}" if tolerance else "worse"
    if least > tolerance:
        return "failed", worse
    if most <= tolerance:
        return "passed", f"not {worse}"
    return "passed", f"whether it is {worse} cannot be told from chance"


def _describe(change: _Change, figure: BaselineFigure, judgement: str) -> str:
    sign = "+" if change.difference > 0 else ""
    moved = f"{sign}{format_value(change.difference, figure.unit)}"
    span = format_interval(change.low, change.high, figure.unit)
    percent = format_value(change.confidence, "share")
    runs = f"n = {change.runs_before} and {change.runs_now} runs"
    return f"mean over runs {moved} ({percent} interval {span}; {runs}): {judgement}."


def _undecided(figure: BaselineFigure, outcome: Outcome, reason: str) -> Comparison:
    return Comparison(name=figure.check, outcome=outcome, reason=reason, unit=figure.unit)
