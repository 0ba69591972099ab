from tierscope.metrics.retention.number_context import find_unbound, neighbours
from tierscope.metrics.retention.quantities import find_quantities
from tierscope.metrics.retention.sentences import find_clause

LONG = (
    "The company ended the year with cash of $8.2 billion after it had returned most of its free cash flow to"
    " shareholders, while the position was built up over 14 months in three steps of about equal size and beta stood at"
    " 1.67 at the end."
)


def test_number_that_stands_beside_another_thing_is_unbound() -> None:
    (unbound,) = find_unbound("The PEG ratio is 1.67.", [LONG])
    assert unbound.text == "1.67"
    assert find_unbound("A beta of 1.67.", [LONG]) == ()


def test_number_that_is_nowhere_is_unbound() -> None:
    assert [one.text for one in find_unbound("Beta was 1.7 in March 2026.", ["Beta was 1.2."])] == ["1.7", "March 2026"]


def test_date_need_only_stand_somewhere() -> None:
    assert find_unbound("The print on June 10 decides.", [LONG, "Wait until June 10."]) == ()


def test_number_alone_need_only_stand_somewhere() -> None:
    assert find_unbound("1.67", [LONG]) == ()


def test_neighbours_are_whole_content_words() -> None:
    text = "It is known that beta stood at 1.67 at the end of a very long year."
    assert neighbours(text, find_quantities(text)[0]) == {"that", "beta", "stand", "at", "end", "veri"}


def test_clause_holds_its_brackets() -> None:
    place = LONG.index("14")
    assert find_clause(LONG, place, place + 2).startswith("while the position")
    sentence = f"Revenue of $7.91B (+11.4%), income up 16.3%, {'and so on ' * 12}"
    assert find_clause(sentence, sentence.index("11.4"), sentence.index("11.4") + 4) == "Revenue of $7.91B (+11.4%"
