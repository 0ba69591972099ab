"""Sums that keep "not measured" apart from 0."""

import polars as pl

__all__ = ["known_sum", "total_tokens"]


def known_sum(column: str | pl.Expr) -> pl.Expr:
    """Sum of the values that are known; null where none is."""
    values = pl.col(column) if isinstance(column, str) else column
    return pl.when(values.count() > 0).then(values.sum())


def total_tokens(input_tokens: str = "input_tokens", output_tokens: str = "output_tokens") -> pl.Expr:
    """Input and output tokens of a row together; null where neither is known."""
    columns = (input_tokens, output_tokens)
    return pl.when(pl.any_horizontal(pl.col(columns).is_not_null())).then(pl.sum_horizontal(columns))
