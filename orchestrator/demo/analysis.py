"""What a specialist computes from a source: one measurement, how unusual it is, what it says on the thesis."""

import statistics
from collections.abc import Sequence
from itertools import pairwise

from tierscope.orchestrator.demo.registry import Measure, Note, Observation, SourceEntry
from tierscope.orchestrator.messages import Message

_YEAR = 4
"""Quarters in a year: the series are quarterly."""


class Measurement(Message):
    """One figure, or one passage of text, that a source yields."""

    source: str
    subject: str
    unit: str
    """Of ``value``: a growth of USD is in percent."""
    measure: Measure
    period: str
    value: float
    """The figure: growth, level, slope, drawdown or volatility; 0 for text."""
    usual: float
    """Its mean over the series."""
    unusual: float
    """Distance from ``usual`` in standard deviations; 0 for text."""
    favourable: int
    """1 where more is good for the thesis, -1 where less is."""
    quote: str = ""
    """The passage, where the source is text."""

    @property
    def stance(self) -> float:
        """What it says about the thesis: positive supports it; at most 2 either way."""
        return max(-2.0, min(2.0, self.unusual)) * self.favourable


def measure_series(source: SourceEntry, series: Sequence[Observation]) -> Measurement:
    """The measurement that the registry asks for.

    Args:
        source: a source of numbers.
        series: its observations, oldest first; at least seven, where volatility is measured.
    """
    values = [point.value for point in series]
    rows = _history(source.measure, values)
    usual = statistics.fmean(rows)
    spread = statistics.stdev(rows) or 1.0
    return Measurement(
        source=source.source,
        subject=source.subject,
        unit="%" if source.measure in ("growth", "drawdown", "volatility") else source.unit,
        measure=source.measure,
        period=series[-1].period,
        value=rows[-1],
        usual=usual,
        unusual=(rows[-1] - usual) / spread,
        favourable=source.favourable,
    )


def _history(measure: Measure, values: Sequence[float]) -> list[float]:
    """The figure as it would have been measured at every earlier period, and now."""
    if measure == "growth":
        return [100 * (now / before - 1) for before, now in zip(values, values[_YEAR:], strict=False)]
    if measure == "trend":
        return [_slope(values[: end + 1][-8:]) for end in range(_YEAR, len(values))]
    if measure == "drawdown":
        return [100 * (values[end] / max(values[: end + 1]) - 1) for end in range(len(values))]
    if measure == "volatility":
        changes = [100 * (now / before - 1) for before, now in pairwise(values)]
        return [statistics.stdev(changes[: end + 1][-8:]) for end in range(_YEAR, len(changes))]
    return list(values)


def _slope(values: Sequence[float]) -> float:
    """Slope of the least-squares line, a period."""
    return statistics.linear_regression(range(len(values)), values).slope


def measure_notes(source: SourceEntry, notes: Sequence[Note]) -> list[Measurement]:
    """One measurement a passage: what it says, unweighed."""
    return [
        Measurement(
            source=source.source,
            subject=source.subject,
            unit="text",
            measure="text",
            period=note.period,
            value=0,
            usual=0,
            unusual=0,
            favourable=source.favourable,
            quote=note.text,
        )
        for note in notes
    ]
