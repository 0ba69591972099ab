import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.metrics.retention import split_claims

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


@given(st.text(max_size=500))
def test_any_text_gives_claims_in_order_with_weights(text: str) -> None:
    claims = split_claims(text)
    assert [claim.position for claim in claims] == list(range(len(claims)))
    assert all(0 < claim.salience <= 1 for claim in claims)


@pytest.mark.parametrize(
    "piece", ["word ", "Rates rose again. ", "| a | b |\n", "- x 5\n", "[", "<div>", "*", "1,"], ids=repr
)
def test_megabytes_take_seconds(piece: str) -> None:
    started = time.perf_counter()
    split_claims(piece * (2_000_000 // len(piece)))
    assert time.perf_counter() - started < 30
