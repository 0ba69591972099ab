"""The ways of all critical signals of some runs, from their frames."""

import polars as pl

from tierscope.instrumentation.runs import Signal
from tierscope.metrics.lineage import Lineage
from tierscope.metrics.losses import SignalWay, follow_signal, own_signals

__all__ = ["follow_critical_signals"]


def follow_critical_signals(critical_signals: pl.DataFrame, critical_texts: pl.DataFrame) -> dict[str, list[SignalWay]]:
    """Follow every critical signal up to the root.

    Args:
        critical_signals: frame of ``queries/critical_signals.sql``.
        critical_texts: frame of ``queries/critical_texts.sql``.

    Returns:
        Run id -> the ways of its critical signals, each signal once, for its author.
    """
    signals: dict[str, list[Signal]] = {}
    for run_id, id_, text, declared in critical_signals.select(
        "run_id", "invocation_id", "text", "declared"
    ).iter_rows():
        signals.setdefault(run_id, []).append(Signal(id_, text, critical=True, declared=declared))
    lineages = Lineage.from_frame(critical_texts)
    return {
        run_id: [follow_signal(lineages[run_id], signal) for signal in own_signals(lineages[run_id], found)]
        for run_id, found in signals.items()
        if run_id in lineages
    }
