import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tierscope.errors import InputError, UnknownNameError
from tierscope.metrics.retention import SCORERS, score_grid, score_retention
from tierscope.metrics.retention.lexical import LexicalScorer
from tierscope.metrics.retention.model import MODEL_HASH

GOLDEN = Path(__file__).resolve().parents[3] / "datasets" / "golden" / "retention.yaml"
HIERARCHIES: list[dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
UNITS = [(case["synthesis"], unit) for case in HIERARCHIES for unit in case["units"]]

UNIT = "Inventories rose 20.6% in three months."
TEXT = "Sales were flat. Stocks of goods, the inventories, were up 20.6% within a quarter of a year. Nobody resigned."


@pytest.mark.parametrize(
    ("synthesis", "unit"), UNITS, ids=[f"{unit['kind']}: {unit['text'][:40]}" for _, unit in UNITS]
)
def test_golden_statement_gets_the_verdict_of_a_reader(synthesis: str, unit: dict[str, Any]) -> None:
    (score,) = score_retention([unit["text"]], [synthesis])
    expected: str | list[str] = unit["expect"]
    assert score.verdict in ([expected] if isinstance(expected, str) else expected), score


def test_golden_statement_is_neither_retained_nor_distorted_by_another_synthesis() -> None:
    pairs = [
        (unit["text"], other["synthesis"]) for own, unit in UNITS for other in HIERARCHIES if other["synthesis"] != own
    ]
    rows = score_retention([unit for unit, _ in pairs], [text for _, text in pairs])
    assert len(rows) > 200
    assert [unit for (unit, _), row in zip(pairs, rows, strict=True) if row.verdict in ("retained", "distorted")] == []


@pytest.mark.parametrize("scorer", sorted(SCORERS))
def test_every_scorer_tells_kept_from_lost(scorer: str) -> None:
    kept, lost = score_retention([UNIT, "The mayor of Lisbon opened a bridge."], [TEXT, TEXT], scorer)
    assert kept.score is not None
    assert lost.score is not None
    assert 0 <= lost.score < kept.score <= 1
    assert kept.evidence is not None
    assert kept.evidence.startswith("Stocks of goods")
    assert kept.scorer == scorer
    assert kept.scorer_version
    assert kept.model_hash == (None if scorer == "lexical" else MODEL_HASH)


@pytest.mark.parametrize("scorer", sorted(SCORERS))
def test_a_row_scores_the_same_alone_and_among_others(scorer: str) -> None:
    units = [unit["text"] for _, unit in UNITS[:12]]
    texts = [synthesis for synthesis, _ in UNITS[:12]]
    together = score_retention(units, texts, scorer)
    for unit, text, row in zip(reversed(units), reversed(texts), reversed(together), strict=True):
        assert score_retention([unit], [text], scorer) == [row]


def test_chunks_and_their_order_change_no_score() -> None:
    pairs = [(unit["text"], case["synthesis"]) for _, unit in UNITS for case in HIERARCHIES]
    together = score_retention([unit for unit, _ in pairs], [text for _, text in pairs])
    assert {row.verdict for row in together} == {"retained", "partial", "lost", "distorted"}
    for index in range(0, len(pairs), 9):
        assert score_retention([pairs[index][0]], [pairs[index][1]]) == [together[index]]


@pytest.mark.parametrize("scorer", sorted(SCORERS))
@pytest.mark.parametrize(
    "odd",
    [
        "",
        "   ",
        "?!",
        "🚀🚀",
        "<div></div>",
        "x",
        "利率上升",
        "\x00\ud800",
        "SELECT * FROM t;",
        "\U0001d518\U0001d52b",
        "ﷺ",
        "_",
    ],
    ids=ascii,
)
def test_odd_text_gives_a_score_or_a_reason(scorer: str, odd: str) -> None:
    for row in score_retention([odd, UNIT, odd], [TEXT, odd, odd], scorer):
        assert (row.score is None) == (row.verdict is None)
        assert row.score is None or 0 <= row.score <= 1
        assert row.score is not None or row.reasons


def test_blank_unit_scores_none_and_blank_summary_loses_all() -> None:
    unit, summary = score_retention(["", "Rates rose."], ["Rates rose.", ""], "lexical")
    assert (unit.score, unit.verdict, unit.reasons) == (None, None, ("the unit has no words",))
    assert (summary.score, summary.verdict, summary.reasons) == (0.0, "lost", ("the summary has no words",))


def test_ten_megabytes_are_narrowed_to_what_matters() -> None:
    filler = "The weather in the valley was mild and nothing else was reported that day. "
    text = filler * 70_000 + "Inventories rose by 20.6% in three months. " + filler * 70_000
    (row,) = score_retention([UNIT], [text])
    assert row.verdict == "retained"
    assert row.evidence == "Inventories rose by 20.6% in three months."


def test_number_that_is_not_stated_leaves_a_unit_partial_at_best() -> None:
    unit = "Revenue in Asia rose 14% after the launch of two new products."
    (row,) = score_retention([unit], ["Revenue in Asia rose after the launch of two new products."])
    assert row.verdict == "partial"
    assert "missing numbers: 14%" in row.reasons


def test_figure_misstated_by_a_hair_is_found_in_other_words() -> None:
    unit = "Inventory went from $21.4B to $25.8B, a +20.5% sequential increase, on strong demand and early buying."
    text = "Be patient. The divergence (+20.6% inventory against +5.8% receivables) is a yellow flag."
    (row,) = score_retention([unit], [text])
    assert row.verdict == "distorted"
    assert row.reasons[0] == "number changed: +20.5% -> +20.6%"


def test_grid_has_a_row_per_unit_and_a_column_per_text() -> None:
    grid = score_grid(["Nobody resigned.", "Rates rose."], [TEXT, "", "Rates rose."], "lexical")
    assert [[row.verdict for row in line] for line in grid] == [
        ["retained", "lost", "lost"],
        ["lost", "lost", "retained"],
    ]
    assert score_grid([UNIT], [], "lexical") == [[]]


def test_progress_reaches_the_end() -> None:
    seen: list[tuple[int, int]] = []
    score_retention([UNIT] * 3, [TEXT] * 3, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)


def test_uneven_columns_and_unknown_scorers_are_refused() -> None:
    with pytest.raises(InputError, match="1 units cannot be paired with 0 summaries: pass as many"):
        score_retention(["a"], [])
    with pytest.raises(UnknownNameError, match="There is no scorer 'best': use one of calibrated, cosine"):
        score_retention(["a"], ["b"], "best")


def test_fall_back_says_that_it_is_one() -> None:
    (row,) = LexicalScorer("scored by words alone").score([(UNIT, TEXT)])
    assert row.reasons[0] == "scored by words alone"


def test_import_loads_no_model() -> None:
    code = "import sys, tierscope.metrics.retention as _; sys.exit(len({'torch', 'transformers'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
