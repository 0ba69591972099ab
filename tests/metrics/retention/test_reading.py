"""A text says the same in every layout, and among others."""

import gzip
import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tierscope.metrics.retention import score_retention
from tierscope.metrics.retention.reading import read_sentences

SENTENCES = [
    "Revenue rose 14% to $1.2bn.",
    "Inventories grew faster than sales, which the filings team calls a warning.",
    "The chief financial officer stays.",
]
LAYOUTS: dict[str, Callable[[list[str]], str]] = {
    "prose": " ".join,
    "bullets": lambda said: "\n".join(f"- {one}" for one in said),
    "numbered, with emphasis": lambda said: "\n".join(f"{n}. **{one[:8]}**{one[8:]}" for n, one in enumerate(said, 1)),
    "wrapped at a margin": lambda said: textwrap.fill(" ".join(said), 60),
    "a list in JSON": json.dumps,
    "objects in JSON": lambda said: json.dumps([{"text": one} for one in said], indent=2),
    "what Python prints": repr,
    "a list in HTML": lambda said: f"<ul>{''.join(f'<li>{one}</li>' for one in said)}</ul>",
    "paragraphs in HTML": lambda said: "".join(f"<p><b>{one[:8]}</b>{one[8:]}</p>" for one in said),
    "links": lambda said: "\n".join(f"[{one[:-1]}](https://example.org/report)." for one in said),
}


def _join(first: str, middle: list[str], last: str) -> str:
    return f"{' '.join([first.title(), *middle, last])}."


words = st.from_regex("[a-z]{2,9}", fullmatch=True)
sentences = st.builds(
    _join,
    words,
    st.lists(words, min_size=2, max_size=12),
    st.from_regex("[a-z]{7,9}", fullmatch=True),  # a shorter last word may be an abbreviation
)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@given(st.lists(sentences, min_size=1, max_size=5))
@example(SENTENCES)
def test_sentences_are_the_same_in_every_layout(layout: Callable[[list[str]], str], said: list[str]) -> None:
    assert read_sentences(layout(said)) == said


def test_a_value_of_json_is_said_of_its_key() -> None:
    assert read_sentences('{"net_margin": "12.4%", "text": "Costs fell."}') == ["net margin: 12.4%", "Costs fell."]


def test_a_cell_of_a_table_is_said_of_its_title() -> None:
    table = "| Service | Delay (ms) | Errors |\n|---|---|---|\n| login | 420 | 0.8% |\nBoth are up."
    assert read_sentences(table) == [
        "| Service | Delay (ms) | Errors |",
        "login: Delay (ms) 420; Errors 0.8%",
        "Both are up.",
    ]


def test_among_a_hundred_summaries_of_other_documents_a_unit_is_found_where_people_found_it(shared: Path) -> None:
    path = shared / "retention" / "realsumm_scu.jsonl.gz"
    if not path.is_file():
        pytest.skip("the labels of ../shared/retention are not on this machine")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    first = {row["doc_id"]: row["summary"] for row in reversed(rows)}
    text = "\n".join(first.values())
    own = [row for row in rows if row["summary"] == first[row["doc_id"]]]
    for votes, low, high in ((0, 0.0, 0.3), (3, 0.7, 1.0)):
        units = [row["unit"] for row in own if row["votes_present"] == votes]
        found = [score.verdict == "retained" for score in score_retention(units, [text] * len(units))]
        assert len(units) > 100
        assert low <= sum(found) / len(found) <= high, f"{sum(found)} of {len(found)} for {votes} of 3 votes"
