"""Lost signals as an auditor reads them: what was found, beside what the synthesis says instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tierscope.dashboard.audit.computing import Audited
from tierscope.dashboard.audit.tables import shorten
from tierscope.metrics.loss_ranking import rank_losses

__all__ = ["Quote", "Quotes", "collect_quotes"]

_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Quote:
    """One loss."""

    critical: bool
    outcome: str
    """lost, partial or distorted."""
    from_agent: str
    at_agent: str
    run: str
    """The run's label, else the start of its id."""
    signal: str
    """As the leaf stated it."""
    evidence: str | None
    """The nearest sentence of the synthesis; None where it has none."""
    reasons: str
    times: int
    """How often this was lost here alike, in calls of any run."""


@dataclass(frozen=True, slots=True)
class Quotes:
    """The gravest losses at the agents of one tier."""

    shown: Sequence[Quote]
    total: int
    """How many there are."""


def collect_quotes(audited: Audited) -> dict[int, Quotes]:
    """The gravest losses of each tier; a tier without losses is left out.

    Args:
        audited: every metric over the runs.

    Returns:
        Tier of the agent that did not pass a signal on -> losses. The same signal of several runs, or of
        several calls, is quoted once.
    """
    fates = audited.frame("signal_fates")
    if fates is None:
        return {}
    losses = rank_losses(fates)
    collected: dict[int, Quotes] = {}
    for (tier,), rows in losses.partition_by("tier", as_dict=True, maintain_order=True).items():
        alike = rows.group_by("signal", "agent", "outcome", maintain_order=True)
        distinct = alike.agg(pl.all().first(), times=pl.len())
        collected[int(tier)] = Quotes(_read_quotes(distinct.head(_SHOWN)), rows.height)
    return collected


def _read_quotes(rows: pl.DataFrame) -> list[Quote]:
    return [
        Quote(
            critical=row["critical"],
            outcome=row["outcome"],
            from_agent=row["from_agent"],
            at_agent=row["agent"],
            run=row["label"] or row["run_id"][:8],
            signal=shorten(row["signal"]),
            evidence=shorten(row["evidence"]) if row["evidence"] else None,
            reasons=row["reasons"] or "",
            times=row["times"],
        )
        for row in rows.iter_rows(named=True)
    ]
