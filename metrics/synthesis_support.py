"""Share of each synthesis that has a base in what it was made of."""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from tierscope.metrics.bootstrap import ratio_interval
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.schema import Schema, frame_of
from tierscope.metrics.support import judge_support

__all__ = ["SYNTHESIS_SUPPORT", "compute_synthesis_support"]

_FIGURES: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "supported_share": pl.Float64,
    "supported_low": pl.Float64,
    "supported_high": pl.Float64,
    "partial_share": pl.Float64,
    "unsupported_share": pl.Float64,
    "contradicted_share": pl.Float64,
    "scorer": pl.String,
}


def compute_synthesis_support(
    texts: pl.DataFrame,
    by: Sequence[str] = ("tier",),
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Share of supported statements per tier, or per whatever ``by`` names.

    Args:
        texts: frame of ``queries/texts.sql``.
        by: columns that make a group.
        scorer: a retention scorer or its name; the default one where None.
        progress: told (done, total) now and then.

    Returns:
        One row per group. Of ``n`` statements so many shares are supported by a member's output or the agent's own
        input, partly, not at all, or contradicted. The interval is a bootstrap over runs, null with fewer than two.
        Agents without members, or with a member whose output was not recorded, are left out.
    """
    keys = list(by)
    facts = texts.select(RUN_COLUMNS).unique("run_id", maintain_order=True)
    judged = judge_support(texts, scorer, progress).filter(pl.col("verdict").is_not_null())
    judged = judged.join(facts, on="run_id", maintain_order="left")
    types = {key: judged.schema[key] for key in keys}
    rows = [
        (*key, *_figures(group)) for key, group in judged.partition_by(keys, as_dict=True, maintain_order=True).items()
    ]
    return frame_of(rows, {**types, **_FIGURES}).sort(keys, nulls_last=True)


def _figures(group: pl.DataFrame) -> list[object]:
    per_run = group.group_by("run_id", maintain_order=True).agg(
        kept=(pl.col("verdict") == "retained").sum(), judged=pl.len()
    )
    interval = ratio_interval(per_run["kept"].to_list(), per_run["judged"].to_list())
    retained, *others = (
        (group["verdict"] == verdict).mean() for verdict in ("retained", "partial", "lost", "distorted")
    )
    return [group.height, per_run.height, retained, *interval, *others, group["scorer"][0]]


SYNTHESIS_SUPPORT: Final = Metric(
    name="synthesis_support",
    title="Support of syntheses",
    summary="How much of what each tier's syntheses say is supported by what they were made of?",
    function=compute_synthesis_support,
    queries=("texts",),
    needs=("place", "output"),
    grain=("tier",),
    value="supported_share",
    unit="share",
    direction="higher",
    schema={"tier": pl.Int32, **_FIGURES},
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    by=("tier", "domain", "agent", *RUN_COLUMNS),
)
