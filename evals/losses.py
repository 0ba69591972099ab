"""What stands behind a failed check of retention: which signals were lost, by whom, at which hop."""

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from tierscope.evals.results import CheckResult, Loss
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute
from tierscope.metrics.loss_ranking import rank_losses

__all__ = ["SIGNAL_METRICS", "find_losses"]

_CRITICAL_METRICS: Final = frozenset({"alerts", "critical_escalation"})
SIGNAL_METRICS: Final = frozenset({"signal_fates", "synthesis_retention"}) | _CRITICAL_METRICS
"""Metrics whose rows count signals, the latter only critical ones."""

_SHOWN: Final = 10


def find_losses(result: CheckResult, store: Store, run_ids: Sequence[str]) -> tuple[tuple[Loss, ...], int]:
    """Signals that some agent did not pass on as it had them, where a check failed.

    Args:
        result: a failed check of one of ``SIGNAL_METRICS``.
        store: where the runs are.
        run_ids: the runs that were judged.

    Returns:
        The gravest losses (as ``rank_losses`` orders them), and the number of others.

    Raises:
        InputError: the signals cannot be judged.
    """
    fates = compute("signal_fates", store, RunFilter(runs=tuple(run_ids)))
    losses = rank_losses(fates).filter(_is_concerned(result, fates.columns))
    gravest = losses.head(_SHOWN)
    return tuple(_read_loss(row) for row in gravest.iter_rows(named=True)), losses.height - gravest.height


def _is_concerned(result: CheckResult, columns: Sequence[str]) -> pl.Expr:
    """Rows that the check's failed rows and its column are about."""
    concerned = pl.lit(value=False)
    for row in result.rows:
        if row.outcome == "failed":
            shared = [
                pl.col(name).eq_missing(pl.lit(value))
                for name, value in row.key.items()
                if _tells(name, value, columns)
            ]
            concerned |= pl.all_horizontal(pl.lit(value=True), *shared)
    if result.column.startswith("critical_") or result.metric in _CRITICAL_METRICS:
        concerned &= pl.col("critical")
    if result.column.startswith("numeric_"):
        concerned &= pl.col("numeric")
    return concerned


def _tells(name: str, value: object, columns: Sequence[str]) -> bool:
    """Whether a key of the metric's row picks losses: a signal that is missing here may have been lost below."""
    return name in columns and name not in {"agent_id", "agent"} and not (name == "hop" and "->" not in str(value))


def _read_loss(row: Mapping[str, object]) -> Loss:
    return Loss(
        run_id=str(row["run_id"]),
        text=str(row["signal"]),
        critical=bool(row["critical"]),
        from_agent=str(row["from_agent"]),
        lost_at=str(row["agent"]),
        hop=str(row["hop"]),
        verdict=str(row["outcome"]),
        evidence=None if row["evidence"] is None else str(row["evidence"]),
    )
