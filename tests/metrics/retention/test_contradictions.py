import pytest

from tierscope.metrics.retention.contradictions import find_contradiction, find_misstated_number
from tierscope.metrics.retention.quantities import find_quantities

DENSE = (
    "The quarter was strong, with record revenue of $7.91B (+11.4% on the year), operating income up 16.3% to $2.523B,"
    " gross margins that widened from 49.1% to 49.9%, and a balance sheet with $8.24B of cash against $7.27B of debt."
)


def test_a_sentence_that_says_more_does_not_contradict() -> None:
    unit = "Gross margin was 20.6%."
    assert find_contradiction(unit, "Gross margin was 20.6%, not helped by 3 strikes in Ohio.") is None
    change = find_contradiction(unit, "Gross margin was 20.5%, helped by 3 new plants.")
    assert change is not None
    assert (change.before, change.after) == ("20.6%", "20.5%")


@pytest.mark.parametrize(
    "unit",
    [
        "Net income growth on the year: 31.3%.",
        "Net income was $2.806B in the quarter.",
        "Total debt: $9.5B",
    ],
)
def test_another_figure_of_a_dense_sentence_contradicts_nothing(unit: str) -> None:
    assert find_contradiction(unit, DENSE) is None


def test_figure_of_a_dense_sentence_contradicts_the_one_it_replaces() -> None:
    change = find_contradiction("Revenue was a record $7.19B.", DENSE)
    assert change is not None
    assert (change.before, change.after) == ("$7.19B", "$7.91B")


@pytest.mark.parametrize(
    "sentence",
    [
        "Sell if forward earnings per share drift below $14.",
        "Buy back once forward earnings per share reach $18.",
        "A price target of forward earnings per share assumes a $20 target.",
        "The target for forward earnings per share is toward $18-20.",
    ],
)
def test_a_level_to_watch_does_not_contradict_a_finding(sentence: str) -> None:
    assert find_contradiction("Forward earnings per share: $16.17", sentence) is None


def _misstated(unit: str, text: str) -> str | None:
    found = find_misstated_number(unit, find_quantities(unit), [text])
    return None if found is None else str(found[0])


def test_bare_label_is_not_contradicted_on_another_basis() -> None:
    assert find_contradiction("CapEx: $91.4B", "Free cash flow shrank against $35.7B of quarterly CapEx.") is None
    assert find_contradiction("CapEx: $91.4B", "Free cash flow shrank against $35.7B of CapEx.") is not None


def test_near_miss_counts_only_between_exact_figures_on_one_basis() -> None:
    text = "A gross margin of 49.0% was reported."
    assert _misstated("Gross margin: 48.9%", text) == "number changed: 48.9% -> 49.0%"
    assert _misstated("Gross margin: 48.7%", text) is None
    assert _misstated("Gross margin: ~48.9%", text) is None
    assert _misstated("Gross margin: 48.9%, then 49.0%", text) is None
    assert _misstated("Gross trailing margin: 48.9%", "A quarterly gross margin of 49.0% was reported.") is None
    assert _misstated("The low was $165.", "Wait for a new low of $166.") is None


def test_opposite_word_beside_another_figure_is_another_fact() -> None:
    unit = "The share's high of the year was $134."
    assert find_contradiction(unit, "The share's low of the year was $75.") is None
    assert find_contradiction(unit, "The share's low of the year was $134.") is not None


def test_basis_alone_is_no_topic() -> None:
    assert find_contradiction("Trailing: $5.58", "Trailing cash flow was $22.30.") is None


def test_change_in_points_does_not_contradict_a_level() -> None:
    assert find_contradiction("Gross margin was 66.8%.", "Gross margin expands 100bps.") is None


def test_negation_in_a_long_sentence_is_not_taken_for_the_units() -> None:
    unit = "Revenue rose and margins widened."
    assert find_contradiction(unit, f"{DENSE[:-1]}, and margins that widened did not fall.") is None


def test_name_exchanged_where_all_else_is_the_same_contradicts() -> None:
    unit = "Exports of copper from Peru rose by 12.5% in May."
    change = find_contradiction(unit, "Exports of copper from Norway rose by 12.5% in May.")
    assert str(change) == "name changed: peru -> norway"


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("Ronnie Carroll died two days ago.", "Mr Carroll died two days ago."),
        ("Nvidia's revenue doubled.", "NVDA's revenue doubled."),
        ("Siemens signed the contract.", "The contract was signed by Siemens in Hanover."),
        ("The Harbour Tower is empty.", "The Bridge House is empty but for a shop."),
        ("Exports from Peru rose 14%.", "Exports from Norway rose 14%, and those from Peru did too."),
    ],
)
def test_another_way_of_naming_or_another_record_contradicts_nothing(unit: str, sentence: str) -> None:
    assert find_contradiction(unit, sentence) is None
