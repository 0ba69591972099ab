"""One agent invocation: what it was given, what it made of it, and how its tier is known."""

from typing import Any

import orjson
import polars as pl
import streamlit as st

from tierscope.dashboard.blocks import SHOWN_CHARACTERS, show, show_empty, show_note, stored_text, tier_badge
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.visit import Visit
from tierscope.metrics.format import format_time, format_value

__all__ = ["show_agent"]

_SOURCES = {
    "declared": "declared by the recorder",
    "agent_span": "nearest agent above it in the span tree",
    "handoff": "a handoff or transfer names it",
    "link": "a span link names it",
    "text_flow": "its output stands in its parent's input",
    "name": "by name alone",
    "none": "nothing names a parent",
}


def show_agent(visit: Visit, invocation_id: str) -> None:
    """Facts, then output, input, signals and evidence of one invocation, each under a tab."""
    details = visit.rows("invocation_details", invocation_id=invocation_id)
    signals = visit.rows("invocation_signals", invocation_id=invocation_id)
    gaps = visit.rows("invocation_gaps", invocation_id=invocation_id)
    if details is None or signals is None or gaps is None:
        return
    if details.is_empty():
        show_empty("This agent is not stored.", "Choose one in the tree.")
        return
    agent = details.row(0, named=True)
    show(_facts(agent))
    given, made, told, known = "Input", "Output", f"Signals ({signals.height})", "Evidence"
    tabs = st.tabs([made, given, told, known], key="agent-tabs")
    with tabs[0]:
        _show_text(agent["output"], "This agent's output was not recorded.", "output")
        show(*_gaps(gaps))
    with tabs[1]:
        _show_text(agent["input"], "This agent's input was not recorded.", "input")
    with tabs[2]:
        _show_signals(signals)
    with tabs[3]:
        show(_evidence(agent))


def _facts(agent: dict[str, Any]) -> Markup:
    cost = format_value(agent["cost_usd"], "USD", reason=agent["cost_note"])
    tokens = f"{format_value(agent['input_tokens'])} in, {format_value(agent['output_tokens'])} out"
    facts = {
        "status": agent["status"],
        "role": " / ".join(dict.fromkeys(one for one in (agent["role"], agent["declared_role"]) if one)) or None,
        "domain": agent["domain"],
        "started (UTC)": format_time(agent["started_ns"]),
        "duration": format_value(agent["duration_ms"], "ms"),
        "self time": format_value(agent["self_ms"], "ms"),
        "tokens": tokens,
        "cost": cost,
    }
    rows = (element("div", element("dt", name), element("dd", value)) for name, value in facts.items() if value)
    return element(
        "div",
        element("h2", tier_badge(agent["tier"]), " ", agent["agent"]),
        element("p", agent["status_message"], class_="ts-problem") if agent["status_message"] else None,
        element("dl", *rows, class_="ts-facts"),
        class_="ts-agent",
    )


def _show_text(text: str | None, absent: str, name: str) -> None:
    show(stored_text(text, absent))
    if text and len(text) > SHOWN_CHARACTERS:
        st.download_button(f"Download the whole {name}", text, f"{name}.txt", "text/plain", on_click="ignore")


def _show_signals(signals: pl.DataFrame) -> None:
    if signals.is_empty():
        show_note("It declared no signals; retention then splits its output into claims.")
        return
    show(element("div", *(_signal(row) for row in signals.iter_rows(named=True)), class_="ts-signals"))


def _signal(row: dict[str, Any]) -> Markup:
    facts = [
        f"value {row['value']} {row['unit'] or ''}".strip() if row["value"] else None,
        f"confidence {format_value(row['confidence'])}" if row["confidence"] is not None else None,
        f"source {row['source']}" if row["source"] else None,
        None if row["declared"] else "found by its marker, not declared",
    ]
    return element(
        "div",
        element("span", "critical", class_="ts-critical") if row["critical"] else None,
        stored_text(row["text"], "(empty)"),
        element("p", " · ".join(fact for fact in facts if fact), class_="ts-note"),
    )


def _gaps(gaps: pl.DataFrame) -> list[Markup]:
    if gaps.is_empty():
        return []
    return [
        element("h3", f"Went on without {gaps.height} of its members"),
        *(
            element(
                "div",
                element("strong", f"{row['member']}: {row['status']}"),
                element("p", row["reason"] or "no reason was given", class_="ts-note"),
                stored_text(row["partial"], "no partial result was attached"),
                class_="ts-gap",
            )
            for row in gaps.iter_rows(named=True)
        ),
    ]


def _evidence(agent: dict[str, Any]) -> Markup:
    sentences = orjson.loads(agent["evidence"])
    sure = format_value(agent["tier_confidence"], "share")
    source = _SOURCES.get(agent["tier_source"], agent["tier_source"])
    return element(
        "div",
        element("p", element("strong", f"Confidence {sure}"), f": {source}."),
        element("ul", *(element("li", str(sentence)) for sentence in sentences)),
        element("p", f"path: {agent['path']}", class_="ts-note"),
        element("p", f"invocation {agent['invocation_id']}", class_="ts-note"),
        class_="ts-evidence",
    )
