"""Integrity alerts as a list, each leading to the agents it is about."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import Alert, show_alerts, show_empty, show_note
from tierscope.dashboard.visit import Visit

__all__ = ["list_alerts", "name_alert"]

_MOST: Final = 12


def list_alerts(visit: Visit, alerts: pl.DataFrame, names: Mapping[str, str]) -> None:
    """Alerts before advice, the newest runs first; what was said of several runs alike is one line.

    Args:
        visit: the page.
        alerts: rows of the metric ``alerts``.
        names: run id -> what the run is called; empty where the page is about one run.
    """
    if alerts.is_empty():
        show_empty("Nothing to report.", "No run breached its limit, lost a critical signal or failed without a word.")
        return
    # "advice" sorts before "alert", and alerts come first.
    ranked = alerts.sort("severity", descending=True, maintain_order=True)
    told = ranked.group_by("severity", "alert", "text", maintain_order=True).agg(
        pl.col("run_id", "evidence").first(), pl.len().alias("runs")
    )
    shown = told.head(_MOST)
    show_alerts([_alert(visit, row, names) for row in shown.iter_rows(named=True)])
    if shown.height < told.height:
        covered, total = shown["runs"].sum(), alerts.height
        show_note(f"showing {covered:,} of {total:,}, alerts before advice; choose a run to see all of its")


def name_alert(kind: str) -> str:
    """The kind of an alert in words."""
    return kind.replace("_", " ").capitalize()


def _alert(visit: Visit, row: dict[str, Any], names: Mapping[str, str]) -> Alert:
    first = row["evidence"][0] if row["evidence"] else None
    place = names.get(row["run_id"])
    return Alert(
        severity="alert" if row["severity"] == "alert" else "advice",
        title=name_alert(row["alert"]),
        place=f"in {row['runs']:,} runs, such as {place}" if place and row["runs"] > 1 else place,
        detail=row["text"],
        link=visit.address.link(view="run", run=row["run_id"], agent=first),
    )
