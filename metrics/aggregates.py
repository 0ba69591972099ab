"""Sums that keep "not measured" apart from 0."""

import polars as pl

__all__ = ["known_sum"]


def known_sum(column: str | pl.Expr) -> pl.Expr:
    """Sum of the values that are known; null where none is."""
    values = pl.col(column) if isinstance(column, str) else column
    return pl.when(values.count() > 0).then(values.sum())
