"""The key figures of the overview: one for each question, each leading to the view that explains it."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tierscope.dashboard.blocks import KeyFigure
from tierscope.dashboard.theme import tier_name
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

__all__ = ["headlines"]


def headlines(visit: Visit) -> list[KeyFigure]:
    """Key figures of the page's runs; those still being computed are left out."""
    return [figure for figure in (make(visit) for make in _HEADLINES) if figure is not None]


def _alerts(visit: Visit) -> KeyFigure | None:
    frame = visit.metric("alerts")
    if frame is None:
        return None
    alerts = frame.filter(severity="alert")
    basis = f"in {alerts['run_id'].n_unique():,} runs; {frame.height - alerts.height:,} advice"
    severity = None if alerts.is_empty() else "alert"
    return KeyFigure("Integrity alerts", f"{alerts.height:,}", basis, severity=severity)


def _bottleneck(visit: Visit) -> KeyFigure | None:
    frame = visit.metric("tier_completion")
    if frame is None:
        return None
    link = visit.address.link(view="time")
    found = frame.filter("bottleneck")
    if found.is_empty():
        return KeyFigure("Bottleneck tier", format_value(None), "no tier has two invocations with times", link)
    row = found.row(0, named=True)
    basis = f"sd {format_value(row['sd_ms'], 'ms')}, p95 {format_value(row['p95_ms'], 'ms')}, n={row['n']:,}"
    return KeyFigure("Bottleneck tier", tier_name(row["tier"]), basis, link, "advice")


def _depth(visit: Visit) -> KeyFigure | None:
    frame = visit.metric("spawn_depth")
    if frame is None or frame.is_empty():
        return None
    breaches = frame.filter("breach").height
    row = frame.sort("breach", "max_depth", descending=True, nulls_last=True).row(0, named=True)
    return KeyFigure(
        "Deepest tier",
        format_value(row["max_depth"]),
        f"limit {row['spawn_limit']} ({row['limit_source']}); {breaches:,} of {frame.height:,} runs past theirs",
        visit.address.link(view="spawning"),
        "alert" if breaches else None,
    )


_HEADLINES: Final[tuple[Callable[[Visit], KeyFigure | None], ...]] = (_alerts, _bottleneck, _depth)
