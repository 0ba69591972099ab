"""What a retained signal costs."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tierscope.metrics.aggregates import total_tokens
from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.schema import Schema, fit_schema
from tierscope.metrics.signal_fates import compute_signal_fates

__all__ = ["RETENTION_COST", "compute_retention_cost"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "n": pl.Int64,
    "retained": pl.Int64,
    "cost_usd": pl.Float64,
    "tokens": pl.Int64,
    "cost_per_retained_usd": pl.Float64,
    "tokens_per_retained": pl.Float64,
    "scorer": pl.String,
}


def compute_retention_cost(
    runs: pl.DataFrame,
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Cost and tokens of each run per signal that reached its root.

    Args:
        runs: frame of ``queries/runs.sql``.
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        scorer: a scorer or its name; the default one where None.
        progress: told (done, total) now and then.

    Returns:
        One row per run. ``n`` signals judged end to end, of which ``retained`` reached the root, null where none could
        be judged. Costs per signal are null where none did, or where no cost or tokens are known.
    """
    fates = compute_signal_fates(texts, signals, scorer, progress)
    reached = (
        fates.filter(pl.col("tier") == 0, pl.col("verdict").is_not_null())
        .group_by("run_id")
        .agg(n=pl.len(), retained=(pl.col("verdict") == "retained").sum(), scorer=pl.col("scorer").first())
    )
    retained = pl.col("retained").replace(0, None)
    frame = (
        runs.with_columns(tokens=total_tokens())
        .select("run_id", "label", "cost_usd", "tokens")
        .join(reached, on="run_id", maintain_order="left")
        .with_columns(
            pl.col("n").fill_null(0),
            cost_per_retained_usd=pl.col("cost_usd") / retained,
            tokens_per_retained=pl.col("tokens") / retained,
        )
    )
    return fit_schema(frame, _SCHEMA)


RETENTION_COST: Final = Metric(
    name="retention_cost",
    title="Cost per retained signal",
    summary="What does one signal that reaches the root cost?",
    function=compute_retention_cost,
    queries=("runs", "texts", "signals"),
    needs=("root", "place", "output", "tokens", "cost"),
    grain=("run_id",),
    value="cost_per_retained_usd",
    unit="USD",
    direction="lower",
    schema=_SCHEMA,
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    labels=("label",),
    shown=(
        "label", "n", "retained", "cost_usd", "tokens", "cost_per_retained_usd", "tokens_per_retained", "scorer",
    ),
)  # fmt: skip
