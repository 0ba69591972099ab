"""Statements of syntheses that no member supports."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.schema import Schema, fit_schema
from tierscope.metrics.support import judge_support

__all__ = ["UNSUPPORTED_STATEMENTS", "compute_unsupported_statements"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "agent_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "statement": pl.String,
    "n": pl.Int64,
    "salience": pl.Float64,
    "score": pl.Float64,
    "verdict": pl.String,
    "nearest": pl.String,
    "scorer": pl.String,
}


def compute_unsupported_statements(
    texts: pl.DataFrame,
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """List what syntheses say without a base in what their members returned or they were given.

    Args:
        texts: frame of ``queries/texts.sql``.
        scorer: a retention scorer or its name; the default one where None.
        progress: told (done, total) now and then.

    Returns:
        One row per statement that is lost (nothing says it) or distorted (something says otherwise) in the other
        direction, from synthesis to what it was made of; the most salient of a run first. ``n`` is the number
        of statements of that synthesis. Conclusions are rightly new: read the rows, do not count them alone.
    """
    judged = judge_support(texts, scorer, progress).with_columns(n=pl.len().over("run_id", "agent_id"))
    labels = texts.select("run_id", "label").unique("run_id", maintain_order=True)
    frame = (
        judged.filter(pl.col("verdict").is_in(["lost", "distorted"]))
        .join(labels, on="run_id", maintain_order="left")
        .sort("run_id", "tier", "salience", descending=[False, False, True], maintain_order=True)
    )
    return fit_schema(frame, _SCHEMA)


UNSUPPORTED_STATEMENTS: Final = Metric(
    name="unsupported_statements",
    title="Unsupported statements",
    summary="What does a synthesis say that none of its members did?",
    function=compute_unsupported_statements,
    queries=("texts",),
    needs=("place", "output"),
    grain=("run_id", "agent_id", "statement"),
    value="score",
    unit="score",
    direction="higher",
    schema=_SCHEMA,
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    labels=("label", "agent", "statement"),
    shown=("label", "agent", "tier", "statement", "verdict", "score", "nearest"),
)
