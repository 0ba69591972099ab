"""How much of what the leaves found survives each synthesis, and which hop is the weakest."""

from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from tierscope.metrics.bootstrap import ratio_interval
from tierscope.metrics.compression import compute_compression
from tierscope.metrics.efficiency import compute_efficiency
from tierscope.metrics.forest import RUN_COLUMNS
from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.schema import Schema, frame_of
from tierscope.metrics.signal_fates import compute_signal_fates

__all__ = ["END_TO_END", "SYNTHESIS_RETENTION", "compute_synthesis_retention", "hop_outcomes"]

END_TO_END: Final = "end to end"
"""Name of the pseudo hop from a signal's author straight to the root."""

_FIGURES: Final[Schema] = {
    "hop_name": pl.String,
    "n": pl.Int64,
    "left_out": pl.Int64,
    "runs": pl.Int64,
    "retained_share": pl.Float64,
    "retained_low": pl.Float64,
    "retained_high": pl.Float64,
    "partial_share": pl.Float64,
    "lost_share": pl.Float64,
    "distorted_share": pl.Float64,
    "weighted_retained_share": pl.Float64,
    "weighted_retained_low": pl.Float64,
    "weighted_retained_high": pl.Float64,
    "critical_n": pl.Int64,
    "critical_retained_share": pl.Float64,
    "critical_retained_low": pl.Float64,
    "critical_retained_high": pl.Float64,
    "numeric_n": pl.Int64,
    "numeric_retained_share": pl.Float64,
    "numeric_retained_low": pl.Float64,
    "numeric_retained_high": pl.Float64,
    "compression_ratio": pl.Float64,
    "efficiency_share": pl.Float64,
    "clustered_by": pl.String,
    "weakest": pl.Boolean,
    "scorer": pl.String,
}
_JOINED: Final = ("compression_ratio", "efficiency_share", "weakest")
"""Figures that are not counted over a group's signals alone."""
_HELD: Final = {"retained": 2, "partial": 1, "distorted": 0, "lost": 0}
"""How much of a signal each verdict leaves."""


def compute_synthesis_retention(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    by: Sequence[str] = ("hop",),
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Share of signals that each hop passes on, and of those that reach the root.

    Args:
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        by: columns that make a group; without ``hop`` among them the figures are end to end.
        scorer: a scorer or its name; the default one, or words alone without the ``retention`` extra, where None.
        progress: told (done, total) now and then.

    Returns:
        One row per group. A hop ``2 -> 1`` is judged on the ``n`` signals that the child's output still held, wholly
        or in part: retained where the parent's output holds as much of it as the child's, partial where it holds less,
        else lost or distorted. ``end to end`` compares root and author. ``left_out`` counts those that could not be
        judged, since an output was not recorded. Intervals of 95 % are bootstraps over runs; over leaves where
        all signals are of one run; null with fewer than two. ``weighted_`` weighs by salience, ``critical_`` and
        ``numeric_`` count only such signals. ``compression_ratio`` is words of the parents' outputs over words of
        their children's. ``efficiency_share`` is signals retained over the most that texts of the parents' lengths
        could hold. ``weakest`` marks the hop of the lowest retained share of its run or version.

    Raises:
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: the named scorer needs the ``retention`` extra.
    """
    outcomes = hop_outcomes(compute_signal_fates(texts, signals, scorer, progress))
    if "hop" not in by:
        outcomes = outcomes.filter(hop=END_TO_END)
    keys = list(by)
    rows = [
        (*key, *_figures(group))
        for key, group in outcomes.partition_by(keys, as_dict=True, maintain_order=True).items()
    ]
    counted = {name: dtype for name, dtype in _FIGURES.items() if name not in _JOINED}
    frame = frame_of(rows, {**{key: outcomes.schema[key] for key in keys}, **counted})
    judged = outcomes.filter(pl.col("outcome").is_in(list(_HELD)))
    for more in (compute_compression(texts, keys), compute_efficiency(judged, texts, keys)):
        frame = frame.join(more, on=keys, how="left", nulls_equal=True)
    order = [*(key for key in keys if key != "hop"), *(["tier"] if "hop" in keys else [])]
    tier = pl.col("hop").str.extract(r"^(\d+)").cast(pl.Int32) if "hop" in keys else pl.lit(None)
    return (
        frame.with_columns(weakest=_is_weakest(keys), tier=tier)
        .sort(order, descending=[column == "tier" for column in order], nulls_last=True)
        .select(*keys, *(pl.col(name).cast(dtype) for name, dtype in _FIGURES.items()))
    )


def hop_outcomes(fates: pl.DataFrame) -> pl.DataFrame:
    """What each hop did to the signals that came to it.

    Args:
        fates: frame of ``compute_signal_fates``.

    Returns:
        The rows of ``fates`` and once more, as hop "end to end", those of the root. ``outcome`` is retained, partial,
        lost, distorted, ``gone`` where the child no longer held the signal, or null where it could not be judged.
    """
    held, child_held = (pl.col(name).replace_strict(_HELD, default=None) for name in ("verdict", "child_verdict"))
    outcome = (
        pl.when(child_held == 0)
        .then(pl.lit("gone"))
        .when(held.is_not_null() & child_held.is_not_null())
        .then(pl.when(held >= child_held).then(pl.lit("retained")).otherwise("verdict"))
    )
    whole = fates.filter(tier=0).with_columns(
        hop=pl.lit(END_TO_END), hop_name=pl.col("hop_name").str.replace(".*", "leaf -> root"), outcome="verdict"
    )
    return pl.concat([fates.filter(pl.col("tier").is_not_null()).with_columns(outcome=outcome), whole])


def _figures(group: pl.DataFrame) -> list[object]:
    """Values of ``_FIGURES`` for one group, without compression and weakest."""
    judged = group.filter(pl.col("outcome").is_in(list(_HELD)))
    runs = judged["run_id"].n_unique()
    clusters = "run_id" if runs > 1 else "from_id"
    names = group["hop_name"].unique()
    scopes = {
        "all": judged.with_columns(weight=pl.lit(1.0)),
        "weighted": judged.with_columns(weight="salience"),
        "critical": judged.filter("critical").with_columns(weight=pl.lit(1.0)),
        "numeric": judged.filter("numeric").with_columns(weight=pl.lit(1.0)),
    }
    retained = {name: _retained(rows, clusters) for name, rows in scopes.items()}
    shares = [(judged["outcome"] == outcome).mean() for outcome in ("partial", "lost", "distorted")]
    return [
        names[0] if len(names) == 1 else None,
        *(judged.height, group["outcome"].null_count(), runs, *retained["all"], *shares, *retained["weighted"]),
        *(scopes["critical"].height, *retained["critical"], scopes["numeric"].height, *retained["numeric"]),
        *("run" if runs > 1 else "leaf", group["scorer"][0]),
    ]


def _retained(rows: pl.DataFrame, clusters: str) -> tuple[float | None, float | None, float | None]:
    """Retained share by weight, and the ends of its interval."""
    if rows.is_empty() or not rows["weight"].sum():
        return (None, None, None)
    kept = pl.when(pl.col("outcome") == "retained").then("weight").otherwise(0.0)
    sums = rows.group_by(clusters, maintain_order=True).agg(kept.sum().alias("kept"), pl.col("weight").sum())
    top, bottom = sums["kept"].to_list(), sums["weight"].to_list()
    low, high = ratio_interval(top, bottom)
    return sum(top) / sum(bottom), low, high


def _is_weakest(keys: Sequence[str]) -> pl.Expr:
    """Whether a hop has the lowest retained share among those of the same runs; null where there is no hop."""
    if "hop" not in keys:
        return pl.lit(None, pl.Boolean)
    share = pl.when(pl.col("hop") != END_TO_END).then("retained_share")
    lowest = share.min()
    shared = [key for key in keys if key in RUN_COLUMNS]
    return share == (lowest.over(shared) if shared else lowest)


SYNTHESIS_RETENTION: Final = Metric(
    name="synthesis_retention",
    title="Synthesis retention",
    summary="How much of what the leaves found does each synthesis pass on, and which hop loses most?",
    function=compute_synthesis_retention,
    queries=("texts", "signals"),
    needs=("root", "place", "output"),
    grain=("hop",),
    value="retained_share",
    unit="share",
    direction="higher",
    schema={"hop": pl.String, **_FIGURES},
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    by=("hop", "domain", "agent", "from_agent", *RUN_COLUMNS),
    shown=(
        "hop",
        "hop_name",
        "n",
        "retained_share",
        "retained_low",
        "retained_high",
        "weighted_retained_share",
        "critical_retained_share",
        "numeric_retained_share",
        "compression_ratio",
        "efficiency_share",
        "weakest",
    ),
)
