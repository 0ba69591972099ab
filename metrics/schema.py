"""Columns of a frame, declared: their order and types."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import polars as pl

__all__ = ["Schema", "fit_schema", "frame_of"]

Schema: TypeAlias = Mapping[str, pl.DataType | type[pl.DataType]]
"""Column -> type, in order."""


def fit_schema(frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns of a schema, in its order and types; others are left out."""
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())


def frame_of(rows: Iterable[Sequence[object]], schema: Schema) -> pl.DataFrame:
    """A frame of rows whose values stand in the order of a schema."""
    return pl.DataFrame(list(rows), schema=dict(schema), orient="row")
