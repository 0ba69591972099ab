import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.retention import split_claims
from tierscope.metrics.retention.words import split_words

MARKDOWN = """# Report

Revenue rose 14% to $1.2bn. Margins held steady, said Dr. Weber.

- **CRITICAL:** the auditor resigned
- Sources:

| Metric | Q1 | Q2 |
|---|---|---|
| Gross margin | 56.9% | 72.7% |

```python
print("not a claim, only code")
```
"""


def test_prose_bullets_and_table_rows_become_claims() -> None:
    assert [(claim.text, claim.kind, claim.position) for claim in split_claims(MARKDOWN)] == [
        ("Revenue rose 14% to $1.2bn.", "sentence", 0),
        ("Margins held steady, said Dr. Weber.", "sentence", 1),
        ("CRITICAL: the auditor resigned", "bullet", 2),
        ("Gross margin: Q1 56.9%; Q2 72.7%", "table_row", 3),
    ]


def test_titles_that_say_nothing_are_left_out_of_table_rows() -> None:
    table = "| Area | Metric | Latest Value | Trend |\n|---|---|---|---|\n| Earnings | EPS | $4.27 | up |\n"
    assert [claim.text for claim in split_claims(table)] == ["Earnings: EPS; $4.27; Trend up"]


def test_figures_and_warnings_weigh_more_than_talk() -> None:
    weights = {claim.text: claim.salience for claim in split_claims(MARKDOWN)}
    assert weights["Revenue rose 14% to $1.2bn."] > weights["Margins held steady, said Dr. Weber."]
    assert weights["CRITICAL: the auditor resigned"] > weights["Margins held steady, said Dr. Weber."]


def test_json_values_carry_their_keys() -> None:
    text = json.dumps({"nvda": {"revenueGrowth": 20.6, "risks": ["Rates may rise.", None]}, "note": ""})
    assert [(claim.text, claim.kind) for claim in split_claims(text)] == [
        ("nvda revenue growth: 20.6", "json"),
        ("nvda risks: Rates may rise.", "json"),
    ]


ENVELOPE = {
    "terminate": True,
    "next_speaker": None,
    "final_message": "# Plan\n\n- Trucks leave at 06:00.\n- WARNING: insulin for 40 patients is missing.",
}


def test_envelope_of_a_message_is_taken_off_and_its_text_is_split() -> None:
    assert [claim.text for claim in split_claims(json.dumps(ENVELOPE))] == [
        "Trucks leave at 06:00.",
        "WARNING: insulin for 40 patients is missing.",
    ]


def test_json_within_json_is_read_and_numbers_stay_as_written() -> None:
    text = '{"content": "{\\"margin\\": 20.60, \\"approved\\": true}"}\n'
    assert [claim.text for claim in split_claims(text)] == ["margin: 20.60", "approved: true"]
    assert [claim.text for claim in split_claims('{"a": 1}\n{"b": 2e3}')] == ["a: 1", "b: 2e3"]


def test_dict_as_python_prints_it_is_read() -> None:
    text = str([{"ticker": "NVDA", "growth": 20.6, "note": "It's up.", "final": None, "paths": {"b", "a"}}])
    assert [claim.text for claim in split_claims(text)] == [
        "ticker: NVDA",
        "growth: 20.6",
        "note: It's up.",
        "paths: a",
        "paths: b",
    ]


HTML = """<h1>Report on the year</h1><p>Rates <b>rose</b> 3%.</p><ul><li>R&amp;D costs fell by half</li>
<li>Nobody resigned there</li></ul><script>var said = "nothing at all here";</script>
<table>
<tr><th>Metric</th><th>Q1</th><th>Q2</th></tr>
<tr><td>Gross margin</td>
<td>56.9%</td><td>72.7%</td></tr></table>The end came in 2025."""


def test_html_blocks_are_claims_of_their_own() -> None:
    assert [(claim.text, claim.kind) for claim in split_claims(HTML)] == [
        ("Rates rose 3%.", "sentence"),
        ("R&D costs fell by half", "bullet"),
        ("Nobody resigned there", "bullet"),
        ("Gross margin: Q1 56.9%; Q2 72.7%", "table_row"),
        ("The end came in 2025.", "sentence"),
    ]


def test_thoughts_are_no_claims_but_what_follows_an_unclosed_one_is() -> None:
    assert [claim.text for claim in split_claims("<think>Revenue may be 4m.</think>Revenue is 3m.")] == [
        "Revenue is 3m."
    ]
    assert [claim.text for claim in split_claims("The tag <think> hides 2 lines.")] == ["The tag hides 2 lines."]


def test_sentence_broken_at_a_margin_is_one_claim() -> None:
    text = (
        "The committee expects that inflation will stay near its target of\n"
        "two percent over the next year, and it left the rate unchanged at\n"
        "its meeting in March. Nobody voted against.\n"
        "- Its chair said that the next step might well be a cut, though not\n"
        "  before the summer.\n"
        "Costs were flat\nsales were up again"
    )
    assert [claim.text for claim in split_claims(text)] == [
        "The committee expects that inflation will stay near its target of two percent over the next year, and it left"
        " the rate unchanged at its meeting in March.",
        "Nobody voted against.",
        "Its chair said that the next step might well be a cut, though not before the summer.",
        "Costs were flat",
        "sales were up again",
    ]


def test_short_answers_behind_a_label_are_claims_and_bare_labels_are_none() -> None:
    text = "**Rating: SELL**\nConfidence: high\nrevenue:\n  growth: 20.6%\n  margin: strong\n**Key risks**\nSources:\n"
    assert [claim.text for claim in split_claims(text)] == [
        "Rating: SELL",
        "Confidence: high",
        "growth: 20.6%",
        "margin: strong",
    ]


def test_letters_count_points_as_numbers_do() -> None:
    text = "1. Risks\n   a) a stronger dollar is likely\n   (b) suppliers may fail\n\u2013 costs are flat again\n"
    assert [(claim.text, claim.kind) for claim in split_claims(text)] == [
        ("a stronger dollar is likely", "bullet"),
        ("suppliers may fail", "bullet"),
        ("costs are flat again", "bullet"),
    ]


def test_tags_of_an_authors_own_end_a_statement() -> None:
    text = "<answer>The tower is 324 m tall.</answer><confidence>0.9</confidence> It is a list<int> of <b>two</b> rows."
    assert [claim.text for claim in split_claims(text)] == [
        "The tower is 324 m tall.",
        "0.9",
        "It is a list of two rows.",
    ]


def test_abbreviations_end_no_sentence_but_contractions_do() -> None:
    text = "See p. 12 of it, z. B. on page 3. Sales of 3 Mrd. Euro are none. It isn't. Sec. 4 says so, too."
    assert [claim.text for claim in split_claims(text)] == [
        "See p. 12 of it, z. B. on page 3.",
        "Sales of 3 Mrd. Euro are none.",
        "Sec. 4 says so, too.",
    ]


def test_fence_around_a_text_is_taken_off() -> None:
    expected = ["Revenue rose again there", "Costs are flat this year"]
    body = "# Title\n- Revenue rose again there\n- [x] Costs are flat this year\n"
    for text in (f"```markdown\n{body}```", f"```\n{body}```\n"):
        assert [claim.text for claim in split_claims(text)] == expected


def test_rows_of_a_table_without_titles_and_underlined_headings() -> None:
    text = "Title of the report here\n=======\n| Revenue | 5% |\n| Costs | 7% |\n"
    assert [claim.text for claim in split_claims(text)] == ["Revenue: 5%", "Costs: 7%"]


def test_json_in_a_fence_is_read() -> None:
    assert [claim.text for claim in split_claims('Result:\n```json\n{"rating": "SELL"}\n```\n')] == ["rating: SELL"]


def test_repeated_statement_counts_once() -> None:
    assert len(split_claims("Rates rose again.\n- Rates rose again.\n")) == 1


@pytest.mark.parametrize("text", ["", " \n\t ", "---\n***", "```\ncode\n```", "# Only a heading"])
def test_nothing_stated_gives_no_claims(text: str) -> None:
    assert split_claims(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "利率上升了25个基点。通胀回落。",
        "Die Marge stieg auf 20,6 %. Das ist viel.",
        "🚀 Revenue up 20% 🚀",
        "<p>Rates <b>rose</b> again</p>",
    ],
)
def test_other_languages_emoji_and_html_are_split(text: str) -> None:
    assert split_claims(text)


WORDS = st.sampled_from(["rates", "rose", "3%", "Peru", "net", "fell", "$4bn", "not", "may", "copper"])
PHRASES = st.lists(WORDS, min_size=1, max_size=9).map(" ".join)
MARKDOWN_LAYOUTS = (
    "{}. ",
    "{}\n",
    "- {}\n",
    "## {}\n",
    "**{}** ",
    "| {} | x |\n",
    "|---|---|\n",
    "{}: ",
    "> {}\n",
    "\n\n",
)
OTHER_LAYOUTS = (
    *("<p>{}</p>", "<li>{}</li>", "<tr><td>{}</td></tr>", "<think>{}</think>"),
    *("```\n{}\n```\n", '{{"key": "{}"}}\n', "['{}']\n"),
)
LAYOUTS = st.sampled_from([*MARKDOWN_LAYOUTS, *OTHER_LAYOUTS])
OUTPUTS = st.lists(st.builds(str.format, LAYOUTS, PHRASES), max_size=12).map("".join)


@given(OUTPUTS)
def test_claims_say_nothing_that_the_output_does_not(text: str) -> None:
    claims = split_claims(text)
    words = split_words(text)
    for claim in claims:
        left = iter(words)
        assert all(word in left for word in split_words(claim.text)), claim.text
    assert split_claims(text) == claims


@given(st.text(max_size=500))
def test_any_text_gives_claims_in_order_with_weights(text: str) -> None:
    claims = split_claims(text)
    assert [claim.position for claim in claims] == list(range(len(claims)))
    assert all(0 < claim.salience <= 1 for claim in claims)


PIECES = (
    *("word ", "Rates rose again. ", "| a | b |\n", "- x 5\n", "[", "*", "1,", "**a: ", "\n ", "```\n"),
    *("<div>", "<script>", "<td>", "</li>", "<", "{'", '{"a":', "margin of the long line that goes on\n"),
)


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_a_megabyte_takes_seconds(piece: str) -> None:
    started = time.perf_counter()
    split_claims(piece * (1_000_000 // len(piece)))
    assert time.perf_counter() - started < 30
