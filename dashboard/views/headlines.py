"""The key figures of the overview: one for each question, each leading to the view that explains it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import polars as pl

from tierscope.dashboard.blocks import KeyFigure
from tierscope.dashboard.theme import tier_name
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_interval, format_value
from tierscope.metrics.synthesis_retention import END_TO_END

__all__ = ["headlines"]


@dataclass(frozen=True, slots=True)
class _Headline:
    title: str
    metric: str
    view: str | None
    summarize: Callable[[pl.DataFrame, KeyFigure], KeyFigure]
    """From the metric's frame, and the key figure that says nothing, to the one that says something."""


def headlines(visit: Visit) -> list[KeyFigure]:
    """Key figures of the page's runs; one that is still being computed says so."""
    figures: list[KeyFigure] = []
    for headline in _HEADLINES:
        frame = visit.metric(headline.metric, quiet=True)
        link = visit.address.link(view=headline.view) if headline.view else None
        if frame is None:
            figures.append(KeyFigure(headline.title, "…", "being computed", link))
        else:
            figures.append(
                headline.summarize(frame, KeyFigure(headline.title, format_value(None), "no run has it", link))
            )
    return figures


def _alerts(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    alerts = frame.filter(severity="alert")
    runs = format_value(alerts["run_id"].n_unique(), "runs") if alerts.height else "no run"
    basis = f"in {runs}; {frame.height - alerts.height:,} advice"
    return replace(nothing, value=f"{alerts.height:,}", basis=basis, severity="alert" if alerts.height else None)


def _bottleneck(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    found = frame.filter("bottleneck")
    if found.is_empty():
        return replace(nothing, basis="no tier has two invocations with times")
    row = found.row(0, named=True)
    basis = f"sd {format_value(row['sd_ms'], 'ms')}, p95 {format_value(row['p95_ms'], 'ms')}, n={row['n']:,}"
    return replace(nothing, value=tier_name(row["tier"]), basis=basis, severity="advice")


def _depth(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    if frame.is_empty():
        return nothing
    breaches = frame.filter("breach").height
    row = frame.sort("breach", "max_depth", descending=True, nulls_last=True).row(0, named=True)
    limit = f"limit {row['spawn_limit']} ({row['limit_source']})"
    basis = f"{limit}; {breaches:,} of {format_value(frame.height, 'runs')} past theirs"
    figure = replace(nothing, value=format_value(row["max_depth"]), basis=basis)
    return replace(figure, severity="alert") if breaches else figure


def _weakest(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    found = frame.filter("weakest")
    if found.is_empty():
        return replace(nothing, basis="no signal can be followed up")
    row = found.row(0, named=True)
    interval = format_interval(row["retained_low"], row["retained_high"], "share")
    basis = f"retained at {row['hop_name'] or row['hop']}, {interval}, n={row['n']:,}"
    return replace(nothing, value=format_value(row["retained_share"], "share"), basis=basis, severity="advice")


def _whole(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    found = frame.filter(hop=END_TO_END)
    if found.is_empty():
        return replace(nothing, basis="no signal can be followed up")
    row = found.row(0, named=True)
    interval = format_interval(row["retained_low"], row["retained_high"], "share")
    basis = f"of leaves' signals, {interval}, n={row['n']:,}"
    return replace(nothing, value=format_value(row["retained_share"], "share"), basis=basis)


def _dependencies(frame: pl.DataFrame, nothing: KeyFigure) -> KeyFigure:
    judged = frame.filter(pl.col("n") > 0)
    if judged.is_empty():
        return replace(nothing, basis="no run can be judged")
    entangled = judged.filter(pl.col("hidden") > 0).height
    figure = replace(nothing, value=f"{entangled:,}", basis=f"of {judged.height:,} ordered pairs of domains")
    return replace(figure, severity="advice") if entangled else figure


_HEADLINES: Final = (
    _Headline("Integrity alerts", "alerts", None, _alerts),
    _Headline("Bottleneck tier", "tier_completion", "time", _bottleneck),
    _Headline("Weakest hop", "synthesis_retention", "retention", _weakest),
    _Headline("Reaches the root", "synthesis_retention", "retention", _whole),
    _Headline("Deepest tier", "spawn_depth", "spawning", _depth),
    _Headline("Hidden dependencies", "domain_dependencies", "dependencies", _dependencies),
)
