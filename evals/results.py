"""What a gate found: every report shows this record and computes nothing of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tierscope.evals.expectation import Figure
from tierscope.evals.verdict import Outcome, Verdict, decide_verdict

__all__ = ["CheckResult", "Comparison", "Loss", "RowResult", "RunSummary", "SuiteResult", "decide_overall"]


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One run that was judged."""

    run_id: str
    label: str | None
    project: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Loss:
    """One signal that did not get through, behind a figure of retention."""

    run_id: str
    text: str
    critical: bool
    from_agent: str
    """The leaf that had it."""
    lost_at: str
    """The agent whose output lacks it, though that of the agent below still had it."""
    hop: str
    """From tier to tier, such as ``2 -> 1``."""
    verdict: str
    """lost, partial or distorted."""
    evidence: str | None
    """The nearest sentence of that output."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row of the metric's frame against the expectation."""

    key: Mapping[str, object]
    """Columns that tell rows apart -> their values."""
    name: str
    """The row as people know it, such as ``tier 2, domain macro``; empty where there is only one."""
    value: Figure | None
    """None where nothing was measured."""
    n: int | None
    """What the value rests on; None where the metric does not say."""
    outcome: Outcome
    sentence: str | None = None
    """What the metric itself says about the row, where it says it in words."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check found."""

    name: str
    outcome: Outcome
    reason: str
    """One sentence: the figure, where, n, and what was expected; or why there is no judgement."""
    metric: str
    column: str
    unit: str
    """Of the column; empty where it has none."""
    expect: str
    """As the suite writes it."""
    figure: Figure | None
    """What was compared: the aggregate, or of several rows the one nearest to breaking the expectation."""
    n: int | None
    rows: tuple[RowResult, ...] = ()
    """The rows that were not as expected or not measured."""
    losses: tuple[Loss, ...] = ()
    """For a failed check of retention: what was lost, where."""
    losses_left_out: int = 0
    """Further losses that are not listed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One check's figure against a baseline; means are over runs, one figure each."""

    name: str
    """Of the check."""
    outcome: Outcome
    reason: str
    unit: str
    baseline: float | None = None
    baseline_n: int | None = None
    """Runs with a figure."""
    current: float | None = None
    current_n: int | None = None
    low: float | None = None
    """Lower end of the interval of current minus baseline."""
    high: float | None = None
    confidence: float | None = None
    tolerance: float | None = None
    """Worsening that is no regression, in the unit."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What one suite found."""

    suite: str
    description: str | None
    file: str
    """The suite's file, as it was given."""
    checks: tuple[CheckResult, ...]
    runs: tuple[RunSummary, ...] = ()
    problem: str | None = None
    """Why no check could be computed at all: the command failed, or no run was found."""
    comparisons: tuple[Comparison, ...] = ()
    """Against a baseline, where one was given."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Of every check and comparison."""
        return (*(check.outcome for check in self.checks), *(one.outcome for one in self.comparisons))

    @property
    def verdict(self) -> Verdict:
        """The gate's verdict."""
        return decide_verdict(self.outcomes)


def decide_overall(results: Sequence[SuiteResult]) -> Verdict:
    """The verdict over several suites."""
    return decide_verdict(outcome for result in results for outcome in result.outcomes)
