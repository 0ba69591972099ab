"""The signals themselves: what a leaf had found, beside what the synthesis says instead."""

from collections.abc import Mapping
from typing import Any, Final

import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import show, show_empty, show_note, stored_text, tier_badge
from tierscope.dashboard.choices import choose, control_key
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.navigation import go
from tierscope.dashboard.theme import VERDICT_COLOURS
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_value

__all__ = ["show_signals"]

_SHOWN: Final = 30
_KINDS: Final = ("lost", "distorted", "partial", "retained", "critical", "every")
_BROKEN: Final = ("lost", "distorted")
_KEY: Final = ("run_id", "signal_id")


def show_signals(visit: Visit, fates: pl.DataFrame, names: Mapping[str, str]) -> None:
    """Signals of the chosen kind, the critical and most salient first, and of these the least retained.

    What several calls of an agent said alike, and what became of it alike, is shown once with its number.

    Args:
        visit: the page.
        fates: rows of the metric ``signal_fates``.
        names: run id -> what the run is called.
    """
    ends = _judge(fates)
    kind = visit.address.signals if visit.address.signals in _KINDS else "lost"
    _choose(visit, kind, _count(ends))
    found = _filter(ends, kind, visit.address.find)
    if found.is_empty():
        show_empty(f"No signal is {kind}." if kind in VERDICT_COLOURS else "No such signal.", "Choose another kind.")
        return
    order = {"critical": True, "salience": True, "score": False}
    shown = found.sort(*order, descending=list(order.values()), nulls_last=True, maintain_order=True).head(_SHOWN)
    steps = fates.join(shown.select(*_KEY), on=_KEY, maintain_order="right")
    each = zip(steps.group_by(*_KEY, maintain_order=True), shown["times"], strict=True)
    for (_, rows), times in each:
        _show_signal(visit, rows.to_dicts(), kind, names, times)
    if shown.height < found.height:
        show_note(f"showing {_total(shown):,} of {_total(found):,} signals")


def _judge(fates: pl.DataFrame) -> pl.DataFrame:
    """One row for each way of a signal, with its verdict in the last agent on it, and the best score of any.

    ``times`` says how often a run has it: once for each call of the agent that said it.
    """
    signals = fates.group_by(*_KEY, maintain_order=True).agg(
        pl.col("signal", "critical", "salience", "verdict", "from_agent").last(),
        pl.col("score").max(),
        way=pl.struct("agent", "verdict"),
    )
    alike = ("run_id", "from_agent", "signal", "critical", "verdict", "way")
    return signals.group_by(*alike, maintain_order=True).agg(
        pl.col("signal_id").first(), pl.col("salience", "score").max(), times=pl.len()
    )


def _total(ends: pl.DataFrame) -> int:
    return int(ends["times"].sum())


def _count(ends: pl.DataFrame) -> dict[str, int]:
    verdicts = dict(ends.group_by("verdict").agg(pl.col("times").sum()).iter_rows())
    return {**{kind: verdicts.get(kind, 0) for kind in _KINDS}, "critical": _total(ends.filter("critical")),
            "every": _total(ends)}  # fmt: skip


def _choose(visit: Visit, kind: str, counts: Mapping[str, int]) -> None:
    left, right = st.columns([2.4, 1], vertical_alignment="bottom")
    with left:
        labels = {one: f"{one} {counts[one]:,}" for one in _KINDS}
        choose(visit, "signals", "Signals", labels, kind, in_a_row=True)
    find = control_key("find", visit.address.find or "")
    with right:
        st.text_input(
            "Find in signals",
            key=find,
            placeholder="find in signals",
            on_change=lambda: go(visit.address, find=st.session_state[find] or None),
            label_visibility="collapsed",
        )


def _filter(ends: pl.DataFrame, kind: str, find: str | None) -> pl.DataFrame:
    if kind == "critical":
        ends = ends.filter("critical")
    elif kind != "every":
        ends = ends.filter(verdict=kind)
    if find:
        ends = ends.filter(pl.col("signal").str.to_lowercase().str.contains(find.lower(), literal=True))
    return ends


def _show_signal(visit: Visit, steps: list[dict[str, Any]], kind: str, names: Mapping[str, str], times: int) -> None:
    """One signal: who found it, the agents on its way up, and its text beside the one that did to it what is listed."""
    sought = (kind,) if kind in VERDICT_COLOURS else _BROKEN
    told = next((one for one in steps if one["verdict"] in sought), steps[-1])
    show(element("article", _way(visit, steps, names, times), _side_by_side(told), class_="ts-signal"))


def _way(visit: Visit, steps: list[dict[str, Any]], names: Mapping[str, str], times: int) -> Markup:
    first = steps[0]
    run = first["run_id"]
    return element(
        "div",
        element("span", "critical", class_="ts-critical") if first["critical"] else None,
        _stop(visit, run, first["from_id"], first["from_agent"], first["from_tier"], None),
        *(_stop(visit, run, one["agent_id"], one["agent"], one["tier"], one["verdict"]) for one in steps),
        element("span", f"in {times:,} calls", class_="ts-note") if times > 1 else None,
        element("span", names.get(run, ""), class_="run"),
        class_="ts-way",
    )


def _stop(visit: Visit, run: str, agent_id: str, agent: str, tier: int | None, verdict: str | None) -> Markup:
    link = element("a", agent, href=visit.address.link(view="run", run=run, agent=agent_id))
    if verdict is None:
        return element("span", tier_badge(tier), " ", link)
    shown = element("em", verdict, class_=verdict)
    return element("span", element("b", "→"), " ", tier_badge(tier), " ", link, " ", shown)


def _side_by_side(told: dict[str, Any]) -> Markup:
    score = f"score {format_value(told['score'])}"
    reasons = f"; {told['reasons']}" if told["reasons"] else ""
    source = "declared" if told["declared"] else "from its output"
    salience = f"salience {format_value(told['salience'])}, {source}"
    return element(
        "div",
        element("div", element("h4", f"{told['from_agent']} found"), stored_text(told["signal"], "(empty)"),
                element("p", salience, class_="ts-note")),
        element("div", element("h4", f"{told['agent']} says nearest to it"),
                stored_text(told["evidence"], "No sentence of its output comes near."),
                element("p", f"{told['verdict'] or 'not judged'}, {score}{reasons}", class_="ts-note")),
        class_="ts-pair",
    )  # fmt: skip
