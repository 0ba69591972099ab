"""Columns of a frame, declared: their order and types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import polars as pl

__all__ = ["Schema", "fit_schema", "flatten_lists", "frame_of"]

Schema: TypeAlias = Mapping[str, pl.DataType | type[pl.DataType]]
"""Column -> type, in order."""


def fit_schema(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of a schema, in its order and types; others are left out."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def frame_of(rows: Iterable[Sequence[object]], schema: Schema) -> pl.DataFrame:
    """A frame of rows whose values stand in the order of a schema."""
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row")


def flatten_lists(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with each list as one text, its items joined by ``; ``, for forms that have no lists, such as CSV."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists)
