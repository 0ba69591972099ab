"""Whether figures got worse than a baseline by more than is tolerated and more than chance explains."""

from collections.abc import Sequence
from typing import Final

from tierscope.evals.baseline import Baseline, BaselineFigure
from tierscope.evals.bootstrap import MIN_RUNS, DifferenceInterval, bootstrap_difference
from tierscope.evals.results import Comparison
from tierscope.evals.verdict import Outcome
from tierscope.metrics.format import format_interval, format_value

__all__ = ["compare_baselines"]

CONFIDENCE: Final = 0.95
"""That no interval of a whole comparison misses its true difference (Bonferroni over the figures compared)."""


def compare_baselines(old: Baseline, new: Baseline, *, seed: int = 0) -> tuple[Comparison, ...]:
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
    interval = bootstrap_difference(before, after, confidence=confidence, seed=seed)
    mean = sum(before) / len(before)
    tolerance = max(new.tolerance.absolute, new.tolerance.relative * abs(mean))
    outcome, judgement = _judge(interval, new, tolerance)
    return Comparison(
        name=new.check,
        outcome=outcome,
        reason=_describe(interval, new, len(before), len(after), judgement),
        unit=new.unit,
        baseline=mean,
        baseline_n=len(before),
        current=mean + interval.difference,
        current_n=len(after),
        low=interval.low,
        high=interval.high,
        confidence=confidence,
        tolerance=tolerance,
    )


def _values(figure: BaselineFigure) -> Sequence[float]:
    return [run.value for run in figure.per_run if run.value is not None]


def _judge(interval: DifferenceInterval, figure: BaselineFigure, tolerance: float) -> tuple[Outcome, str]:
    if figure.better is None:
        return "passed", "neither way is better, so it is only shown"
    # The worsening's interval: for a figure that should be high, a fall is the worsening.
    least, most = (interval.low, interval.high) if figure.better == "lower" else (-interval.high, -interval.low)
    tolerated = f"the tolerated {format_value(tolerance, figure.unit)}" if tolerance else "nothing"
    if least > tolerance:
        return "failed", f"worse by more than {tolerated}"
    if most <= tolerance:
        return "passed", f"not worse by more than {tolerated}"
    return "passed", f"whether it is worse by more than {tolerated} cannot be told from chance"


def _describe(interval: DifferenceInterval, figure: BaselineFigure, before: int, after: int, judgement: str) -> str:
    change = format_value(interval.difference, figure.unit)
    span = format_interval(interval.low, interval.high, figure.unit)
    sign = "+" if interval.difference > 0 else ""
    percent = format_value(interval.confidence, "share")
    return f"mean over runs {sign}{change} ({percent} interval {span}; n = {before} and {after} runs): {judgement}."


def _undecided(figure: BaselineFigure, outcome: Outcome, reason: str) -> Comparison:
    return Comparison(name=figure.check, outcome=outcome, reason=reason, unit=figure.unit)
