"""The agents of one run as a tree beside their bars of time."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import streamlit as st
from streamlit.components.v2 import component

from tierscope.dashboard.figures.duration_axis import duration_ticks
from tierscope.dashboard.theme import NO_TIER_COLOUR, TIER_COLOURS
from tierscope.metrics.format import format_value

__all__ = ["describe_waterfall", "show_waterfall"]

_KEY = "waterfall"
_FOLDER = Path(__file__).resolve().parent


def describe_waterfall(run_id: str, invocations: pl.DataFrame) -> dict[str, Any]:
    """What the browser needs to draw a run: one list per column, one entry per agent.

    Args:
        run_id: the run.
        invocations: its rows of ``queries/invocations.sql``, parents before children.

    Returns:
        ``starts`` and ``ends`` are in ms since the first start; an agent at work ends at the latest time known.
        ``parents`` are row numbers, -1 for none.
    """
    ids = invocations["invocation_id"].to_list()
    row_of = {invocation_id: row for row, invocation_id in enumerate(ids)}
    first, last = pl.col("started_ns").min(), pl.max_horizontal(pl.col("started_ns").max(), pl.col("ended_ns").max())
    at_work = (pl.col("status") == "running") & pl.col("ended_ns").is_null()
    placed = invocations.select(
        start=(pl.col("started_ns") - first) / 1e6,
        end=(pl.when(at_work).then(last).otherwise(pl.col("ended_ns")) - first) / 1e6,
        whole=(last - first) / 1e6,
    )
    span_ms = placed.get_column("whole").fill_null(0.0).to_list()[0] if ids else 0.0
    return {
        "id": run_id,
        "ids": ids,
        "names": invocations["agent"].to_list(),
        "parents": [row_of.get(parent, -1) for parent in invocations["parent_id"]],
        "tiers": invocations["tier"].to_list(),
        "statuses": invocations["status"].to_list(),
        "durations": [format_value(duration, "ms") for duration in invocations["duration_ms"]],
        "starts": placed["start"].to_list(),
        "ends": placed["end"].to_list(),
        "span_ms": span_ms,
        "ticks": [
            [tick / span_ms, "0" if tick == 0 else format_value(tick, "ms")]
            for tick in duration_ticks(span_ms)
            if span_ms > 0
        ],
        "colours": list(TIER_COLOURS),
        "no_tier_colour": NO_TIER_COLOUR,
    }


def show_waterfall(described: dict[str, Any], selected: str | None, pick: Callable[[str], None]) -> None:
    """Draw the tree; any number of agents, of which only those in sight are drawn.

    Args:
        described: result of ``describe_waterfall``.
        selected: id of the invocation to mark.
        pick: told the id of an invocation that was clicked, before the page is drawn again.
    """

    def on_picked() -> None:
        picked = st.session_state[_KEY].picked
        if picked:
            pick(picked)

    _component()(key=_KEY, data=orjson.dumps({**described, "selected": selected}), on_picked_change=on_picked)


@cache
def _component() -> Any:  # noqa: ANN401 - Streamlit's type for it is private
    html, css, js = ((_FOLDER / f"waterfall.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return component("tierscope_waterfall", html=html, css=css, js=js)
