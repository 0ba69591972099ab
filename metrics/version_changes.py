"""Two versions of the observed system, or two periods, side by side: figures and intervals of their difference."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tierscope.errors import InputError
from tierscope.metrics.aggregates import total_tokens
from tierscope.metrics.bootstrap import LEVEL, difference_interval
from tierscope.metrics.forest import FAILED
from tierscope.metrics.format import format_time
from tierscope.metrics.metric import Direction, Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.run_filter import parse_since
from tierscope.metrics.schema import Schema, fit_schema, frame_of
from tierscope.metrics.signal_fates import compute_signal_fates

__all__ = ["VERSION_CHANGES", "compute_version_changes"]

_SCHEMA: Final[Schema] = {
    "figure": pl.String,
    "unit": pl.String,
    "baseline": pl.String,
    "candidate": pl.String,
    "n": pl.Int64,
    "baseline_n": pl.Int64,
    "baseline_value": pl.Float64,
    "candidate_value": pl.Float64,
    "difference": pl.Float64,
    "difference_low": pl.Float64,
    "difference_high": pl.Float64,
    "level": pl.Float64,
    "changed": pl.Boolean,
    "verdict": pl.String,
    "unknown_why": pl.String,
}
_FIGURES: Final[dict[str, tuple[str, Direction]]] = {
    "makespan_ms": ("ms", "lower"),
    "tokens": ("tokens", "lower"),
    "cost_usd": ("USD", "lower"),
    "agents": ("agents", "neutral"),
    "max_depth": ("tiers", "neutral"),
    "failed_agents_share": ("share", "lower"),
    "retained_share": ("share", "higher"),
    "critical_retained_share": ("share", "higher"),
}
"""Figure -> unit, and which way is better."""


def compute_version_changes(
    runs: pl.DataFrame,
    invocations: pl.DataFrame,
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    baseline: str | None = None,
    candidate: str | None = None,
    split: str | None = None,
    scorer: str | Scorer | None = "lexical",
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Compare two versions, or the time since a moment with that before.

    Args:
        runs: frame of ``queries/runs.sql``.
        invocations: frame of ``queries/invocations.sql``.
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        baseline: the version to compare with; where None the one seen before the candidate.
        candidate: the version to judge; where None the one whose newest run is the newest.
        split: a moment, as ``RunFilter`` takes them (2h, 3d, or ISO 8601): runs that started since are the candidate,
            earlier ones the baseline, whatever their versions.
        scorer: of retention; by words alone unless told otherwise, since that is quick and repeatable.
        progress: told (done, total) now and then.

    Returns:
        One row per figure; none where fewer than two versions, or runs on one side of the moment only, were recorded.
        ``n`` and ``baseline_n`` runs that have it. Values are means over runs; shares are of all agents or signals of
        the version. The interval of ``difference`` (candidate minus baseline) is a bootstrap over runs, at ``level``:
        95 % for all figures together, by Bonferroni's correction for their number. ``changed`` says whether it leaves
        out 0, ``verdict`` whether that is better, worse or neither (no clear change, or no better way). Both are null
        with fewer than two runs on either side, which ``unknown_why`` says.

    Raises:
        InputError: a version was named that no run has, ``split`` is no time, or both are given.
    """
    if split is not None:
        if baseline is not None or candidate is not None:
            raise InputError("Compare either two versions (baseline, candidate) or two periods (split), not both.")
        runs, baseline, candidate = _as_periods(runs, split)
    pair = _choose(runs, baseline, candidate)
    if pair is None:
        return fit_schema(frame_of([], _SCHEMA), _SCHEMA)
    chosen = runs.filter(pl.col("version").is_in(pair))
    ids = chosen["run_id"].to_list()
    fates = compute_signal_fates(
        texts.filter(pl.col("run_id").is_in(ids)), signals.filter(pl.col("run_id").is_in(ids)), scorer, progress
    )
    facts = _facts(chosen, invocations.filter(pl.col("run_id").is_in(ids)), fates)
    before, after = (facts.filter(version=version) for version in pair)
    level = 1 - (1 - LEVEL) / len(_FIGURES)
    rows = [_row(figure, pair, before, after, level) for figure in _FIGURES]
    return fit_schema(frame_of(rows, _SCHEMA), _SCHEMA)


def _choose(runs: pl.DataFrame, baseline: str | None, candidate: str | None) -> tuple[str, str] | None:
    """Baseline and candidate; None where there are no two versions to compare."""
    newest_first: list[str] = (
        runs.filter(pl.col("version").is_not_null())
        .group_by("version")
        .agg(pl.col("started_ns").max())
        .sort("started_ns", "version", descending=True, nulls_last=True)["version"]
        .to_list()
    )
    for name in (baseline, candidate):
        if name is not None and newest_first and name not in newest_first:
            raise InputError(f"No run has version '{name}'; there are: {', '.join(newest_first[:10])}.")
    after = candidate or next((name for name in newest_first if name != baseline), None)
    rest = [name for name in newest_first if name != after]
    before = baseline or next(iter(rest), None)
    return None if before is None or after is None or before == after else (before, after)


def _as_periods(runs: pl.DataFrame, split: str) -> tuple[pl.DataFrame, str | None, str | None]:
    """The timed runs, with their period for a version, and both periods; None where one has no run."""
    moment_ns = parse_since(split)
    written = format_time(moment_ns)
    before, since = f"before {written}", f"since {written}"
    timed = runs.filter(pl.col("started_ns").is_not_null())
    is_later = pl.col("started_ns") >= moment_ns
    timed = timed.with_columns(version=pl.when(is_later).then(pl.lit(since)).otherwise(pl.lit(before)))
    return (timed, before, since) if timed["version"].n_unique() == 2 else (timed.clear(), None, None)


def _facts(runs: pl.DataFrame, invocations: pl.DataFrame, fates: pl.DataFrame) -> pl.DataFrame:
    """One row per run: numerator and denominator of each figure."""
    failed, ended = pl.col("status").is_in(FAILED), pl.col("status") != "running"
    agents = invocations.group_by("run_id").agg(failed=failed.sum(), counted=ended.sum())
    kept = pl.col("verdict") == "retained"
    reached = (
        fates.filter(pl.col("tier") == 0, pl.col("verdict").is_not_null())
        .group_by("run_id")
        .agg(
            retained=kept.sum(),
            judged=pl.len(),
            critical_retained=(kept & pl.col("critical")).sum(),
            critical=pl.col("critical").sum(),
        )
    )
    return (
        runs.with_columns(tokens=total_tokens())
        .join(agents, on="run_id", how="left")
        .join(reached, on="run_id", how="left")
        .select(
            "version",
            makespan_ms="duration_ms",
            tokens="tokens",
            cost_usd="cost_usd",
            agents="agents",
            max_depth="max_depth",
            failed_agents_share="failed",
            failed_agents_share_of="counted",
            retained_share="retained",
            retained_share_of="judged",
            critical_retained_share="critical_retained",
            critical_retained_share_of="critical",
        )
    )


def _row(
    figure: str, pair: tuple[str, str], before: pl.DataFrame, after: pl.DataFrame, level: float
) -> tuple[object, ...]:
    unit, direction = _FIGURES[figure]
    first, second = _clusters(before, figure), _clusters(after, figure)
    values = [sum(top) / sum(bottom) if sum(bottom) else None for top, bottom in (first, second)]
    difference = None if values[0] is None or values[1] is None else values[1] - values[0]
    low, high = difference_interval(first, second, is_share=unit == "share", level=level)
    changed = None if low is None or high is None else low > 0 or high < 0
    verdict = None
    if changed is not None and difference is not None:
        is_better = (difference > 0) == (direction == "higher")
        verdict = "neither" if not changed or direction == "neutral" else "better" if is_better else "worse"
    counts = len(second[0]), len(first[0])
    told = " and ".join(f"{count} of {name}" for count, name in zip((len(first[0]), len(second[0])), pair, strict=True))
    unknown_why = f"runs that have it: {told}; an interval takes two of each" if changed is None else None
    return (figure, unit, *pair, *counts, *values, difference, low, high, level, changed, verdict, unknown_why)


def _clusters(facts: pl.DataFrame, figure: str) -> tuple[list[float], list[float]]:
    """Numerators and denominators of the runs that have a figure."""
    of = f"{figure}_of"
    pairs = facts.select(
        pl.col(figure).cast(pl.Float64).alias("top"),
        (pl.col(of) if of in facts.columns else pl.lit(1)).cast(pl.Float64).alias("bottom"),
    ).filter(pl.col("top").is_not_null() & (pl.col("bottom") > 0))
    return pairs["top"].to_list(), pairs["bottom"].to_list()


VERSION_CHANGES: Final = Metric(
    name="version_changes",
    title="Changes between two versions or periods",
    summary="Did the newer version, or period, get faster, cheaper, or better at passing on what its leaves found?",
    function=compute_version_changes,
    queries=("runs", "invocations", "texts", "signals"),
    needs=("root", "times", "output", "tokens", "cost"),
    grain=("figure",),
    value="difference",
    unit="",
    direction="neutral",
    schema=_SCHEMA,
    runs=("n", "baseline_n"),
    options={
        "baseline": "the version to compare with",
        "candidate": "the version to judge",
        "split": "a moment such as 3d or 2026-01-31: compare the runs since then with those before",
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    shown=(
        "figure", "baseline", "candidate", "baseline_n", "n", "baseline_value", "candidate_value",
        "difference_low", "difference_high", "verdict",
    ),
)  # fmt: skip
