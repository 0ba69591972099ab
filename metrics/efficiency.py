"""Retention against the most that any text of the same length could have retained."""

from collections import Counter
from collections.abc import Sequence

import polars as pl

from tierscope.metrics.compression import WHOLE_SYNTHESES
from tierscope.metrics.retention import compute_retention_bound
from tierscope.metrics.retention.words import split_words

__all__ = ["compute_efficiency"]


def compute_efficiency(outcomes: pl.DataFrame, texts: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Signals retained over the greedy bound at each synthesis' length.

    Args:
        outcomes: frame of ``hop_outcomes``, judged signals only.
        texts: frame of ``queries/texts.sql``.
        by: columns of ``synthesis_retention`` that make a group.

    Returns:
        One row per group with ``efficiency_share``, at most 1: a synthesis may say things shorter than its inputs did.
        No rows for groups that split what a synthesis was made of, such as domains.
    """
    keys = list(by)
    if not set(keys) <= WHOLE_SYNTHESES:
        return pl.DataFrame(schema={**dict.fromkeys(keys, pl.String), "efficiency_share": pl.Float64})
    outputs = texts.select("run_id", pl.col("invocation_id").alias("agent_id"), "output")
    names = list(dict.fromkeys([*keys, "run_id", "agent_id", "hop"]))
    syntheses = (
        outcomes.group_by(names, maintain_order=True)
        .agg("signal", retained=(pl.col("outcome") == "retained").sum())
        .join(outputs, on=["run_id", "agent_id"], maintain_order="left")
    )
    bounds = [_bound(signals, output) for signals, output in syntheses.select("signal", "output").iter_rows()]
    ratio = pl.col("retained").sum() / pl.col("bound").sum().replace(0, None)
    return (
        syntheses.with_columns(bound=pl.Series(bounds, dtype=pl.Float64))
        .group_by(keys, maintain_order=True)
        .agg(ratio.clip(upper_bound=1.0).alias("efficiency_share"))
    )


def _bound(signals: Sequence[str], output: str) -> float | None:
    """How many of the signals a text of the output's length can hold; what several leaves say is held once for all."""
    times = Counter(signals)
    share = compute_retention_bound(list(times), list(times.values()), len(split_words(output)))
    return None if share is None else share * len(signals)
