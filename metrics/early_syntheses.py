"""Syntheses that could be read before they were complete: how early, and how much of the final one they held."""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from tierscope.metrics.bootstrap import ratio_interval
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer, split_claims
from tierscope.metrics.schema import Schema, frame_of
from tierscope.metrics.score_memo import score_pairs

__all__ = ["EARLY_SYNTHESES", "compute_early_syntheses"]

_FIGURES: Final[Schema] = {
    "n": pl.Int64,
    "runs": pl.Int64,
    "partials_mean": pl.Float64,
    "first_mean_ms": pl.Float64,
    "first_p50_ms": pl.Float64,
    "first_share": pl.Float64,
    "claims": pl.Int64,
    "retained_share": pl.Float64,
    "retained_low": pl.Float64,
    "retained_high": pl.Float64,
    "left_out": pl.Int64,
    "scorer": pl.String,
}


def compute_early_syntheses(
    partial_syntheses: pl.DataFrame,
    by: Sequence[str] = ("tier",),
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """When the first partial synthesis could be read, and how much of the final one it held.

    Args:
        partial_syntheses: frame of ``queries/partial_syntheses.sql``.
        by: columns that make a group.
        scorer: a retention scorer or its name; the default one where None.
        progress: told (done, total) now and then.

    Returns:
        One row per group. ``n`` invocations that offered one, ``partials_mean`` of them each; the first came
        ``first_mean_ms`` after the start, at ``first_share`` of the whole duration (of those with times). Of
        ``claims`` that the final syntheses make, ``retained_share`` stood wholly in the first partial one; its
        interval is a bootstrap over runs, or over invocations within one run. ``left_out`` are those of which either
        text was not recorded.
    """
    keys = list(by)
    judged, name = _judge(partial_syntheses, scorer, progress)
    types = {key: partial_syntheses.schema[key] for key in keys}
    rows = [
        (*key, *_figures(group), name)
        for key, group in judged.partition_by(keys, as_dict=True, maintain_order=True).items()
    ]
    return frame_of(rows, {**types, **_FIGURES}).sort(keys, nulls_last=True)


def _judge(
    partial_syntheses: pl.DataFrame, scorer: str | Scorer | None, progress: Callable[[int, int], None] | None
) -> tuple[pl.DataFrame, str]:
    """The frame with ``claims`` and ``kept`` of each invocation, null where a text is missing; the scorer's name."""
    pairs = [
        (number, claim.text, first)
        for number, (first, final) in enumerate(partial_syntheses.select("first_text", "output").iter_rows())
        if first is not None and final is not None
        for claim in split_claims(final)
    ]
    name, scores = score_pairs([text for _, text, _ in pairs], [first for _, _, first in pairs], scorer, progress)
    claims: list[int | None] = [None] * partial_syntheses.height
    kept: list[int | None] = [None] * partial_syntheses.height
    for (number, _, _), score in zip(pairs, scores, strict=True):
        claims[number] = (claims[number] or 0) + 1
        kept[number] = (kept[number] or 0) + (score.verdict == "retained")
    return partial_syntheses.with_columns(
        pl.Series("claims", claims, pl.Int64), pl.Series("kept", kept, pl.Int64)
    ), name


def _figures(group: pl.DataFrame) -> list[object]:
    judged = group.filter(pl.col("claims") > 0)
    cluster = "run_id" if judged["run_id"].n_unique() > 1 else "invocation_id"
    per_cluster = judged.group_by(cluster, maintain_order=True).agg(pl.col("kept", "claims").sum())
    kept: list[int] = per_cluster["kept"].to_list()
    claims: list[int] = per_cluster["claims"].to_list()
    timed = group.filter(pl.col("first_ms").is_not_null() & (pl.col("duration_ms") > 0))
    return [
        *(group.height, group["run_id"].n_unique(), group["partials"].mean()),
        *(group["first_ms"].mean(), group["first_ms"].median()),
        (timed["first_ms"] / timed["duration_ms"]).mean(),
        *(sum(claims), sum(kept) / sum(claims) if claims else None),
        *ratio_interval(kept, claims),
        group.height - judged.height,
    ]


EARLY_SYNTHESES: Final = Metric(
    name="early_syntheses",
    title="Partial syntheses",
    summary="How early could a synthesis be read before it was complete, and how much of it was there?",
    function=compute_early_syntheses,
    queries=("partial_syntheses",),
    needs=("times", "output"),
    grain=("tier",),
    value="first_mean_ms",
    unit="ms",
    direction="lower",
    schema={"tier": pl.Int32, **_FIGURES},
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    by=("tier", "domain", "agent", *RUN_COLUMNS),
    shown=("tier", "n", "partials_mean", "first_mean_ms", "first_share", "claims", "retained_share", "left_out"),
)
