"""Leaves of one domain that needed what a leaf of another had found, without anyone having handed it over."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from tierscope.dashboard.blocks import (
    KeyFigure,
    show_empty,
    show_figure,
    show_heading,
    show_key_figures,
    show_note,
    show_section,
    stored_text,
)
from tierscope.dashboard.figures import render_matrix
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.run_names import name_run
from tierscope.dashboard.tables import Column, Row, figure_column, show_table
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

__all__ = ["render_dependencies"]

_SHOWN_PAIRS: Final = 50
_SHOWN_PIECES: Final = 3
_SHOWN_DOMAINS: Final = 14
_QUOTE: Final = 400


def render_dependencies(visit: Visit) -> None:
    """Matrix by domain, and each pair of leaves with the text that gives it away."""
    show_heading(
        "Hidden dependencies",
        "Did leaves of different domains need each other? Then the tiers are not as parallel as they were planned. "
        "A pair is found by rare phrases and numbers that one leaf said first and a later one of another domain used, "
        "though nobody handed them over.",
    )
    domains = visit.metric("domain_dependencies")
    found, runs = visit.metric("hidden_dependencies", quiet=True), visit.frame("runs")
    if domains is None or runs is None:
        return
    if domains.is_empty():
        show_empty(
            "No two domains took part in a run together.",
            "Dependencies are looked for between the domains below one root. Choose runs with at least two.",
        )
        return
    _show_summary(domains, runs)
    _show_matrix(domains)
    if found is None:
        show_note("Being computed; the page is drawn again when it is done.")
    elif found.is_empty():
        show_section("Evidence")
        show_empty("No hidden dependency was found.", _say_judged(domains))
    else:
        _show_pairs(visit, found, {row["run_id"]: name_run(row) for row in runs.iter_rows(named=True)})


def _say_judged(domains: pl.DataFrame) -> str:
    if domains["n"].max():
        return "No leaf used a phrase or number of another domain's leaf that had not been handed to it."
    return "None of these runs could be judged: what came first must be known, and what was said."


def _show_summary(domains: pl.DataFrame, runs: pl.DataFrame) -> None:
    worst = domains.sort("hidden", descending=True, nulls_last=True).row(0, named=True)
    entangled = domains.filter(pl.col("hidden") > 0)
    judged = domains.filter(pl.col("n") > 0)
    show_key_figures(
        [
            KeyFigure(
                "Pairs of domains with hidden dependencies",
                format_value(entangled.height if judged.height else None),
                f"of {judged.height:,} ordered pairs that could be judged, in {format_value(runs.height, 'runs')}",
                severity="advice" if entangled.height else None,
            ),
            KeyFigure(
                "Most between two domains",
                format_value(worst["hidden"], "dependencies"),
                f"{worst['from_domain']} to {worst['to_domain']}, n={format_value(worst['n'] or 0, 'runs')}",
            ),
            KeyFigure("Surest", format_value(worst["max_confidence"]), "confidence between these two, 0 to 1"),
        ]
    )


def _show_matrix(domains: pl.DataFrame) -> None:
    show_section("By domain", "Hidden dependencies: pairs of leaves, of which the second used what the first said.")
    rows = {(row["from_domain"], row["to_domain"]): row for row in domains.iter_rows(named=True)}
    names = sorted({name for pair in rows for name in pair})
    figure = render_matrix(
        names[:_SHOWN_DOMAINS],
        {pair: row["hidden"] for pair, row in rows.items()},
        {pair: _say_pair(row) for pair, row in rows.items()},
        x_title="used by, number of pairs of leaves",
        y_title="said first by",
    )
    show_figure(figure, key="matrix", alt="hidden dependencies between domains, pairs of leaves")
    show_note("Point at a cell for its number of runs; an empty one could not be judged.")
    if len(names) > _SHOWN_DOMAINS:
        show_note(f"showing {_SHOWN_DOMAINS} of {len(names):,} domains, in the order of their names")


def _say_pair(row: dict[str, Any]) -> str:
    hidden, declared = format_value(row["hidden"]), format_value(row["declared"])
    runs = format_value(row["n"] or 0, "runs")
    return f"{row['from_domain']} to {row['to_domain']}: {hidden} hidden, {declared} declared, n={runs}"


def _show_pairs(visit: Visit, found: pl.DataFrame, names: Mapping[str, str]) -> None:
    show_section("Evidence", "What the second leaf used, word for word, the surest first.")
    show_table(
        visit,
        found.sort("confidence", descending=True, maintain_order=True),
        [
            Column("said first by", lambda row: _leaf(visit, row, "from", names), "from_agent"),
            Column("used by", lambda row: _leaf(visit, row, "to", {}), "to_agent"),
            Column("evidence", _evidence),
            figure_column("confidence", "confidence"),
        ],
        shown=_SHOWN_PAIRS,
        noun="pairs",
        order="the surest first",
    )


def _evidence(row: Row) -> Markup:
    pieces = [stored_text(piece, "", _QUOTE) for piece in row["evidence"][:_SHOWN_PIECES]]
    said = f"in its {row['found_in']}, n={row['n']:,} pieces"
    if row["n"] > _SHOWN_PIECES:
        said += f", showing {_SHOWN_PIECES}"
    return element("div", *pieces, element("p", said, class_="ts-note"), class_="ts-pieces")


def _leaf(visit: Visit, row: Row, side: str, names: Mapping[str, str]) -> Markup:
    link = visit.address.link(view="run", run=row["run_id"], agent=row[f"{side}_id"])
    domain = row[f"{side}_domain"] or "no domain"
    run = names.get(row["run_id"])
    return element(
        "div",
        element("a", row[f"{side}_agent"], href=link),
        element("p", domain, class_="ts-note"),
        element("p", run, class_="ts-note") if run else None,
        class_="ts-named",
    )
