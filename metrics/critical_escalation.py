"""Critical signals: flagged, forwarded, arrived at the root, verified."""

from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from tierscope.metrics.critical_ways import follow_critical_signals
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.losses import SignalWay
from tierscope.metrics.metric import Metric
from tierscope.metrics.presence import plain_words
from tierscope.metrics.schema import Schema, frame_of

__all__ = ["CRITICAL_ESCALATION", "compute_critical_escalation"]

_WAY: Final[Schema] = {
    "run_id": pl.String,
    "domain": pl.String,
    "agent": pl.String,
    "forwarded": pl.Boolean,
    "at_root": pl.String,
    "verified": pl.Boolean,
}
_COUNTS: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "forwarded": pl.Int64,
    "verbatim_at_root": pl.Int64,
    "rephrased_at_root": pl.Int64,
    "lost": pl.Int64,
    "unknown": pl.Int64,
    "arrived_share": pl.Float64,
    "verified": pl.Int64,
    "refuted": pl.Int64,
}


def compute_critical_escalation(
    runs: pl.DataFrame,
    critical_signals: pl.DataFrame,
    critical_texts: pl.DataFrame,
    critical_checks: pl.DataFrame,
    by: Sequence[str] = ("domain", "agent"),
) -> pl.DataFrame:
    """How far critical signals came.

    Args:
        runs: frame of ``queries/runs.sql``.
        critical_signals: frame of ``queries/critical_signals.sql``.
        critical_texts: frame of ``queries/critical_texts.sql``.
        critical_checks: frame of ``queries/critical_checks.sql``.
        by: columns that make a group; ``agent`` is the author.

    Returns:
        One row per group. ``n`` signals flagged, each once, for its author. ``forwarded`` stand, verbatim or rephrased,
        in the output of the agent right above; of all, so many stand in the root's output verbatim or rephrased, are
        ``lost``, or ``unknown`` since that output was not recorded. ``arrived_share`` is verbatim ones over those that
        are known. ``verified`` and ``refuted`` count what the orchestrator's own check said, where it made one.
    """
    checks: dict[tuple[str, str], bool] = {}
    for run_id, text, verified in critical_checks.select("run_id", "text", "verified").iter_rows():
        key = (run_id, plain_words(text))
        checks[key] = checks.get(key, True) and verified
    ways = frame_of(
        (
            row
            for run_id, found in follow_critical_signals(critical_signals, critical_texts).items()
            for row in _rows(run_id, found, checks)
        ),
        _WAY,
    )
    keys = list(by)
    found = pl.col("at_root")
    frame = (
        ways.join(runs.select(RUN_COLUMNS), on="run_id", maintain_order="left")
        .group_by(keys)
        .agg(
            pl.col("forwarded").sum(),
            pl.col("verified").sum(),
            n=pl.len(),
            runs=pl.col("run_id").n_unique(),
            verbatim_at_root=(found == "verbatim").sum(),
            rephrased_at_root=(found == "rephrased").sum(),
            lost=(found == "absent").sum(),
            unknown=found.null_count(),
            arrived_share=(found == "verbatim").mean(),
            refuted=(~pl.col("verified")).sum(),
        )
        .sort("lost", *keys, descending=[True, *(False for _ in keys)], nulls_last=True)
    )
    return frame.select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _COUNTS.items()))


def _rows(run_id: str, ways: Sequence[SignalWay], checks: dict[tuple[str, str], bool]) -> Iterator[tuple[object, ...]]:
    for way in ways:
        forwarded = way.steps[0][1] in ("verbatim", "rephrased") if way.steps else None
        verified = checks.get((run_id, plain_words(way.text)))
        yield run_id, way.author.domain, way.author.agent, forwarded, way.at_root, verified


CRITICAL_ESCALATION: Final = Metric(
    name="critical_escalation",
    title="Critical signals on their way up",
    summary="How many critical signals were flagged, forwarded, arrived at the root verbatim, and were verified?",
    function=compute_critical_escalation,
    queries=("runs", "critical_signals", "critical_texts", "critical_checks"),
    needs=("root", "place", "output"),
    grain=("domain", "agent"),
    value="arrived_share",
    unit="share",
    direction="higher",
    schema={"domain": pl.String, "agent": pl.String, **_COUNTS},
    by=("domain", "agent", *RUN_COLUMNS),
)
