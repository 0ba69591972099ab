"""What members cost each other at joins: the finished ones wait for the last."""

from typing import Any, Final

from tierscope.dashboard.blocks import Cell, show_note, show_section, show_table, tier_badge
from tierscope.dashboard.markup import element
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

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
    shown = joins.sort("idle_ms", descending=True, nulls_last=True, maintain_order=True).head(_SHOWN)
    show_table(
        ["agent", "run", "members", "idle in all", "idle share", "waited for", "straggler"],
        [_join(visit, row) for row in shown.iter_rows(named=True)],
        numeric=(2, 3, 4, 6),
    )
    if shown.height < joins.height:
        show_note(f"showing {shown.height:,} of {joins.height:,} joins, the longest waits first")


def _join(visit: Visit, row: dict[str, Any]) -> list[Cell]:
    link = visit.address.link(view="run", run=row["run_id"], agent=row["invocation_id"])
    return [
        element("span", tier_badge(row["tier"]), " ", element("a", row["agent"], href=link)),
        row["label"] or row["run_id"][:12],
        format_value(row["n"]),
        format_value(row["idle_ms"], "ms"),
        format_value(row["idle_share"], "share"),
        row["last_agent"] or "",
        format_value(row["straggler_ratio"], "x"),
    ]
