"""How long tiers, domains and agents take, how unevenly, and which tier is the bottleneck."""

from typing import Final

import polars as pl

from tierscope.dashboard.blocks import (
    KeyFigure,
    show_empty,
    show_figure,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
)
from tierscope.dashboard.choices import choose
from tierscope.dashboard.figures import render_bars, render_spread
from tierscope.dashboard.tables import Column, figure_column, show_table
from tierscope.dashboard.theme import ACCENT, tier_colour, tier_name
from tierscope.dashboard.views.joins import show_joins
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

__all__ = ["render_completion"]

_SHOWN_GROUPS: Final = 30
_SHOWN_ROWS: Final = 200
_GROUPS: Final = {"tier": "by tier", "domain": "by domain", "agent": "by agent"}
_COLUMNS: Final = {
    "n": "n",
    "left_out": "without times",
    "mean_ms": "mean",
    "sd_ms": "sd",
    "p50_ms": "median",
    "p95_ms": "p95",
    "max_ms": "longest",
    "self_p50_ms": "median self time",
    "straggler_ratio": "straggler",
    "critical_path_share": "of critical path",
}


def render_completion(visit: Visit) -> None:
    """Spread of completion times by tier, domain or agent, and who the makespan is made of."""
    show_heading(
        "Completion time",
        "Which tier is the bottleneck? The one whose completion time varies most is where reliability pays first; "
        "the share of the critical path says who the makespan is made of.",
    )
    by = visit.address.by if visit.address.by in _GROUPS else "tier"
    choose(visit, "by", "Group by", _GROUPS, by, in_a_row=True)
    frame = visit.metric("tier_completion", by=(by,))
    if frame is None:
        return
    if not frame["n"].sum():
        show_empty(
            "None of these runs has times.",
            f"{format_value(frame['left_out'].sum(), 'invocations')} recorded without start and end, as in imported "
            "report folders. Choose other runs in the sidebar, or record with OpenTelemetry.",
        )
        return
    _show_summary(frame, by)
    _show_spread(frame, by)
    _show_critical_path(frame, by)
    show_joins(visit)
    _show_rows(visit, frame, by)


def _show_summary(frame: pl.DataFrame, by: str) -> None:
    bottleneck = frame.filter("bottleneck")
    critical = frame.sort("critical_path_share", descending=True, nulls_last=True).row(0, named=True)
    straggler = frame.sort("straggler_ratio", descending=True, nulls_last=True).row(0, named=True)
    figures = [
        KeyFigure(
            "Largest share of the critical path",
            _name(critical, by),
            f"{format_value(critical['critical_path_share'], 'share')} of the makespan",
        ),
        KeyFigure(
            "Worst straggler",
            format_value(straggler["straggler_ratio"], "x"),
            f"slowest over median sibling, {_name(straggler, by)}",
        ),
    ]
    if not bottleneck.is_empty():
        row = bottleneck.row(0, named=True)
        basis = f"sd {format_value(row['sd_ms'], 'ms')}, p95 {format_value(row['p95_ms'], 'ms')}, n={row['n']:,}"
        figures.insert(0, KeyFigure(f"Bottleneck {by}", _name(row, by), basis, severity="advice"))
    show_key_figures(figures)


def _show_spread(frame: pl.DataFrame, by: str) -> None:
    show_section(
        "Spread of completion times",
        "Thin line: shortest to longest. Thick line: median to p95. Ring: median. Upright mark: mean.",
    )
    timed = frame.filter(pl.col("n") > 0)
    shown = timed if by == "tier" else timed.sort("variance_ms2", descending=True, nulls_last=True)
    shown = shown.head(_SHOWN_GROUPS)
    rows = list(shown.iter_rows(named=True))
    show_figure(
        render_spread(shown, [_name(row, by) for row in rows], _colours(rows, by)),
        key="spread",
        alt=f"spread of completion times by {by}",
    )
    if shown.height < timed.height:
        show_note(f"showing {shown.height:,} of {timed.height:,} groups, the most uneven first")


def _show_critical_path(frame: pl.DataFrame, by: str) -> None:
    show_section(
        "Who the makespan is made of",
        "At each moment the critical path is in the child that finished last; the shares add up to the makespan.",
    )
    shown = frame.filter(pl.col("critical_path_share") > 0)
    shown = shown if by == "tier" else shown.sort("critical_path_share", descending=True)
    shown = shown.head(_SHOWN_GROUPS)
    rows = list(shown.iter_rows(named=True))
    show_figure(
        render_bars(
            [_name(row, by) for row in rows],
            shown["critical_path_share"].to_list(),
            unit="share",
            title="share of the critical path",
            counts=shown["n"].to_list(),
            colours=_colours(rows, by),
        ),
        key="critical",
        alt=f"share of the critical path by {by}",
    )


def _show_rows(visit: Visit, frame: pl.DataFrame, by: str) -> None:
    show_section("Figures")
    named = Column(by, lambda row: _name(row, by), by)
    figures = [figure_column(heading, column) for column, heading in _COLUMNS.items()]
    show_table(visit, frame, [named, *figures], shown=_SHOWN_ROWS, noun="rows", order=f"by {by}")


def _name(row: dict[str, object], by: str) -> str:
    value = row[by]
    if by == "tier":
        return tier_name(value if isinstance(value, int) else None)
    return "(none)" if value is None else str(value)


def _colours(rows: list[dict[str, object]], by: str) -> list[str]:
    if by != "tier":
        return [ACCENT] * len(rows)
    return [tier_colour(row["tier"] if isinstance(row["tier"], int) else None) for row in rows]
