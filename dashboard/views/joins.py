"""What members cost each other at joins: the finished ones wait for the last."""

from typing import Final

import polars as pl

from tierscope.dashboard.blocks import show_note, show_section, tier_badge
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.tables import Column, Row, figure_column, show_table
from tierscope.dashboard.visit import Visit

__all__ = ["show_joins"]

_SHOWN: Final = 15


def show_joins(visit: Visit) -> None:
    """The joins at which most time was spent waiting, each leading to its agent."""
    show_section(
        "Waiting at joins", "How long finished members idled until the last one came, and whom they waited for."
    )
    joins = visit.metric("join_idle")
    if joins is None:
        return
    if joins.is_empty():
        show_note("No agent has two members with times.")
        return
    named = joins.with_columns(run=pl.coalesce("label", pl.col("run_id").str.head(12)))
    show_table(
        visit,
        named.sort("idle_ms", descending=True, nulls_last=True, maintain_order=True),
        [
            Column("agent", lambda row: _agent(visit, row), "agent"),
            Column("run", lambda row: row["run"], "run"),
            figure_column("members", "n"),
            figure_column("idle in all", "idle_ms"),
            figure_column("idle share", "idle_share"),
            Column("waited for", lambda row: row["last_agent"] or "", "last_agent"),
            figure_column("straggler", "straggler_ratio", "x"),
        ],
        shown=_SHOWN,
        noun="joins",
        order="the longest waits first",
    )


def _agent(visit: Visit, row: Row) -> Markup:
    link = visit.address.link(view="run", run=row["run_id"], agent=row["invocation_id"])
    return element("span", tier_badge(row["tier"]), " ", element("a", row["agent"], href=link))
