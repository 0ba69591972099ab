"""Markup: whatever a text holds, a browser reads it as that text."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.dashboard.blocks import stored_text
from tierscope.dashboard.markup import element
from tierscope.dashboard.run_names import name_run


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


@given(st.text())
def test_text_reads_as_text(text: str) -> None:
    reader = _read(element("p", text).html)
    assert (reader.tags, reader.text) == (["p"], text)


@given(st.text(st.characters(exclude_characters="\r")))
def test_attribute_reads_as_attribute(text: str) -> None:
    reader = _read(element("a", "x", href=text).html)
    assert (reader.tags, reader.attributes) == (["a"], {"href": text})


def test_elements_nest_and_what_is_none_is_left_out() -> None:
    made = element("td", element("b", "<i>"), None, " & ", class_="number", title=None, aria_label="n")
    assert made.html == '<td class="number" aria-label="n"><b>&lt;i&gt;</b> &amp; </td>'


def test_long_stored_text_is_cut_and_says_so() -> None:
    reader = _read(stored_text("y" * 30, "nothing", limit=10).html)
    assert reader.text == "y" * 10 + "showing the first 10 of 30 characters"


def test_absent_text_says_what_is_absent() -> None:
    assert _read(stored_text(None, "It was not recorded.").html).text == "It was not recorded."


@pytest.mark.parametrize("label", ["\u202eevil", "\u05e2\u05d1\u05e8\u05d9\u05ea"])
def test_name_written_from_right_to_left_cannot_turn_the_date_beside_it(label: str) -> None:
    run = {"label": label, "root_agent": "root", "run_id": "r", "started_ns": 0}
    assert name_run(run) == f"\u2068{label}\u2069 · 1970-01-01 00:00:00"
