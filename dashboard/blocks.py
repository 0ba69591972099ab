"""The pieces that every view is made of: headings, key figures, alerts, stored text, empty states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import streamlit as st

from tierscope.dashboard.figures import FIGURE_CONFIG, Figure
from tierscope.dashboard.markup import Markup, element
from tierscope.dashboard.theme import tier_colour

__all__ = [
    "Alert",
    "KeyFigure",
    "Severity",
    "show",
    "show_alerts",
    "show_empty",
    "show_figure",
    "show_heading",
    "show_key_figures",
    "show_note",
    "show_section",
    "stored_text",
    "tier_badge",
]

SHOWN_CHARACTERS: Final = 20_000
"""A stored text is shown up to here; the whole can be downloaded."""

Severity = Literal["alert", "advice"]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure that answers a question by itself."""

    title: str
    value: str
    """With its unit."""
    basis: str
    """What it rests on: n, and what it is compared with."""
    link: str | None = None
    """Page that explains it."""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a reader should act on."""

    severity: Severity
    title: str
    place: str | None
    """Run in which it happened, where the page is about several."""
    detail: str
    link: str
    """Page that shows it."""


def show(*parts: Markup) -> None:
    """Put markup on the page; nothing where there is none."""
    if parts:
        st.html("".join(part.html for part in parts))


def show_heading(title: str, lead: str | Markup = "") -> None:
    """Title of a view, with a sentence that says what it answers."""
    _show_title("h1", title, lead, "ts-heading")


def show_section(title: str, lead: str | Markup = "") -> None:
    """Title of a part of a view."""
    _show_title("h2", title, lead, "ts-section")


def _show_title(tag: str, title: str, lead: str | Markup, style: str) -> None:
    show(element("header", element(tag, title), element("p", lead, class_="lead") if lead else None, class_=style))


def show_note(text: str) -> None:
    """A sentence below a figure or table, such as what was left out."""
    show(element("p", text, class_="ts-note"))


def show_figure(figure: Figure, key: str, alt: str, pick: Callable[[str], None] | None = None) -> None:
    """Draw a figure.

    Args:
        figure: from ``tierscope.dashboard.figures``.
        key: unique on the page.
        alt: what it shows, for those who cannot see it.
        pick: told the custom data of a point that was clicked, before the page is drawn again.
    """

    def on_select() -> None:
        for point in st.session_state[key].selection.points[:1]:
            if pick is not None:
                pick(point["customdata"])

    st.plotly_chart(  # pyright: ignore[reportUnknownMemberType] - plotly ships no types
        figure,
        theme=None,
        config=FIGURE_CONFIG,
        key=key,
        alt=alt,
        on_select=on_select if pick is not None else "ignore",
        selection_mode="points",
    )


def show_empty(title: str, what_to_do: str, command: str | None = None) -> None:
    """Stand in for something that is not there, and say how to get it."""
    show(
        element(
            "div",
            element("strong", title),
            element("p", what_to_do),
            element("code", command) if command else None,
            class_="ts-empty",
        )
    )


def show_key_figures(figures: Sequence[KeyFigure]) -> None:
    """A row of key figures; those with a link lead to the page that explains them."""
    show(element("div", *(_key_figure(figure) for figure in figures), class_="ts-figures"))


def _key_figure(figure: KeyFigure) -> Markup:
    inner = (
        element("span", figure.title, class_="title"),
        element("span", figure.value, class_="value"),
        element("span", figure.basis, class_="basis"),
    )
    style = f"ts-figure {figure.severity or ''}".strip()
    if figure.link is None:
        return element("div", *inner, class_=style)
    return element("a", *inner, class_=style, href=figure.link)


def show_alerts(alerts: Sequence[Alert]) -> None:
    """Alerts as a list, most severe first as given."""
    show(element("ul", *(_alert(alert) for alert in alerts), class_="ts-alerts"))


def _alert(alert: Alert) -> Markup:
    place = element("span", alert.place) if alert.place else None
    return element(
        "li",
        element("a", element("strong", alert.title), place, href=alert.link),
        element("p", alert.detail),
        class_=alert.severity,
    )


def tier_badge(tier: int | None) -> Markup:
    """The number of a tier on its colour."""
    return element(
        "span", "?" if tier is None else str(tier), class_="ts-tier", style=f"background:{tier_colour(tier)}"
    )


def stored_text(text: str | None, absent: str, limit: int = SHOWN_CHARACTERS) -> Markup:
    """Recorded text as it was written, line breaks kept, nothing interpreted; a long one is cut, and says so.

    Args:
        text: what some agent wrote.
        absent: stands where there is none.
        limit: longest length in characters.
    """
    if not text:
        return element("p", absent, class_="ts-note")
    cut = None
    if len(text) > limit:
        cut = element("p", f"showing the first {limit:,} of {len(text):,} characters", class_="ts-note")
    return element("div", element("div", text[:limit], class_="ts-stored"), cut)
