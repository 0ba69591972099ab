"""The losses behind a figure of retention, gravest first: what a reader should see of hundreds."""

from typing import Final

import polars as pl

from tierscope.metrics.synthesis_retention import END_TO_END, hop_outcomes

__all__ = ["rank_losses"]

_GRAVITY: Final = {"distorted": 0, "lost": 1, "partial": 2}
"""A signal that is there and no longer true misleads; one that is missing is only missing."""


def rank_losses(fates: pl.DataFrame) -> pl.DataFrame:
    """Where each signal was dropped, changed or thinned out.

    Args:
        fates: frame of the metric ``signal_fates``.

    Returns:
        The rows of agents that passed on less of a signal than the agent below them held, with that agent's
        ``outcome``: distorted, lost or partial. Critical signals first, then by outcome in that order, then the most
        salient.
    """
    return (
        hop_outcomes(fates)
        .filter(pl.col("hop") != END_TO_END, pl.col("outcome").is_in(list(_GRAVITY)))
        .with_columns(gravity=pl.col("outcome").replace_strict(_GRAVITY, return_dtype=pl.Int8))
        .sort("critical", "gravity", "salience", descending=[True, False, True], nulls_last=True, maintain_order=True)
        .drop("gravity")
    )
