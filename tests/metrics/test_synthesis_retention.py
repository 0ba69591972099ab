"""Retention by hop, counted by hand with sentences whose verdict is plain."""

import pytest

from tierscope.metrics.synthesis_retention import SYNTHESIS_RETENTION
from tierscope.metrics.testing import RunBuilder, measure

FACTS = (
    "Inflation in Germany fell to 2.1 percent in October.",
    "The copper smelter in Antofagasta halted for nine weeks.",
    "Payrolls beat every forecast by a wide margin.",
    "Freight insurers doubled premiums across the Bosporus.",
)


def _run(name: str, domain: tuple[int, ...], root: tuple[int, ...]) -> RunBuilder:
    """One leaf with four facts, of which the domain and the root have some."""
    run = RunBuilder(name, version=name)
    run.agent("root", output="Brief. " + " ".join(FACTS[number] for number in root))
    run.agent("macro", "root", output="View. " + " ".join(FACTS[number] for number in domain))
    run.agent("leaf", "macro", output="\n".join(FACTS))
    for number, fact in enumerate(FACTS):
        run.signal("leaf", fact, critical=number == 0)
    return run


def _rows(*runs: RunBuilder, by: tuple[str, ...] = ("hop",)) -> dict[object, dict[str, object]]:
    frame = measure(SYNTHESIS_RETENTION, *runs, by=by, scorer="lexical")
    return {row[by[-1]]: row for row in frame.iter_rows(named=True)}


def test_each_hop_is_judged_on_what_came_to_it() -> None:
    rows = _rows(_run("a", domain=(0, 1, 2), root=(1,)))
    assert list(rows) == ["2 -> 1", "1 -> 0", "end to end"]
    assert (rows["2 -> 1"]["n"], rows["2 -> 1"]["retained_share"]) == (4, 0.75)
    assert (rows["1 -> 0"]["n"], rows["1 -> 0"]["retained_share"]) == (3, pytest.approx(1 / 3))
    assert (rows["end to end"]["n"], rows["end to end"]["retained_share"]) == (4, 0.25)
    assert rows["1 -> 0"]["lost_share"] == pytest.approx(2 / 3)


def test_weakest_hop_is_marked_and_named() -> None:
    rows = _rows(_run("a", domain=(0, 1, 2), root=(1,)))
    assert {hop: row["weakest"] for hop, row in rows.items()} == {"2 -> 1": False, "1 -> 0": True, "end to end": None}
    assert rows["1 -> 0"]["hop_name"] == "domain -> root"


def test_critical_and_numeric_signals_are_counted_apart() -> None:
    row = _rows(_run("a", domain=(1, 2), root=()))["2 -> 1"]
    assert (row["critical_n"], row["critical_retained_share"]) == (1, 0)
    assert (row["numeric_n"], row["numeric_retained_share"]) == (2, 0.5)  # 2.1 percent, nine weeks
    weighted = row["weighted_retained_share"]
    assert isinstance(weighted, float)
    assert weighted < 0.5  # the critical one, which weighs most, is among the lost


def test_signal_escalated_past_a_tier_is_lost_at_that_hop_and_retained_at_the_root() -> None:
    rows = _rows(_run("a", domain=(1, 2, 3), root=(0, 1, 2, 3)))
    assert rows["2 -> 1"]["retained_share"] == 0.75
    assert rows["1 -> 0"]["retained_share"] == 1.0
    assert rows["end to end"]["retained_share"] == 1.0


def test_hop_that_nothing_came_to_has_no_share() -> None:
    rows = _rows(_run("a", domain=(), root=()))
    hop = rows["1 -> 0"]
    assert (hop["n"], hop["left_out"], hop["retained_share"], hop["weakest"]) == (0, 0, None, None)
    assert rows["end to end"]["retained_share"] == 0


def test_interval_is_over_runs_where_there_are_several_and_over_leaves_in_one() -> None:
    one = _rows(_run("a", domain=(0,), root=(0,)))["end to end"]
    assert (one["clustered_by"], one["runs"], one["retained_low"]) == ("leaf", 1, None)
    several = _rows(_run("a", (0, 1), (0, 1)), _run("b", (0,), (0,)), _run("c", (0, 1, 2), (0, 1, 2)))["end to end"]
    assert (several["clustered_by"], several["runs"], several["n"]) == ("run", 3, 12)
    assert several["retained_share"] == 0.5
    # Three runs from a quarter to three quarters leave anything open.
    assert (several["retained_low"], several["retained_high"]) == (0, 1)


def test_grouped_by_version_each_has_its_own_figures() -> None:
    rows = _rows(_run("v1", (0, 1), (0, 1)), _run("v2", (0,), (0,)), by=("version",))
    assert {version: row["retained_share"] for version, row in rows.items()} == {"v1": 0.5, "v2": 0.25}


def test_grouped_by_agent_each_synthesizer_answers_for_its_own_hop() -> None:
    rows = _rows(_run("a", domain=(0, 1), root=(0,)), by=("hop", "agent"))
    assert (rows["macro"]["retained_share"], rows["root"]["retained_share"]) == (0.5, 0.25)


def test_compression_is_words_out_over_words_in() -> None:
    run = RunBuilder()
    run.agent("root", output="one two")
    run.agent("macro", "root", output="one two three four")
    run.agent("a", "macro", output="one two three four five six")
    run.agent("b", "macro", output="one two three four five six seven eight nine ten")
    run.signal("a", FACTS[0])
    rows = _rows(run)
    assert rows["2 -> 1"]["compression_ratio"] == 4 / 16
    assert rows["end to end"]["compression_ratio"] == 2 / 16


def test_efficiency_is_what_was_kept_over_what_a_text_of_that_length_could_hold() -> None:
    run = RunBuilder()
    run.agent("root", output=FACTS[2])  # 8 words
    run.agent("leaf", "root", output="\n".join(FACTS))
    for fact in FACTS:
        run.signal("leaf", fact)
    row = _rows(run)["end to end"]
    # Facts of 8, 9, 8 and 7 words: 8 words hold one of 7 and an eighth of one of 8.
    assert row["retained_share"] == 0.25
    assert row["efficiency_share"] == pytest.approx(1 / (1 + 1 / 8))
    assert _rows(run, by=("domain",))["leaf"]["efficiency_share"] is None


def test_what_two_leaves_say_alike_takes_its_room_once() -> None:
    run = RunBuilder()
    run.agent("root", output=FACTS[2])  # 8 words
    for leaf, facts in (("a", (0, 2)), ("b", (0,))):
        run.agent(leaf, "root", output="\n".join(FACTS[number] for number in facts))
        for number in facts:
            run.signal(leaf, FACTS[number])
    row = _rows(run)["end to end"]
    # The fact of 9 words counts for both leaves: 8 words hold 8/9 of it, twice.
    assert row["retained_share"] == pytest.approx(1 / 3)
    assert row["efficiency_share"] == pytest.approx(1 / (2 * 8 / 9))


def test_output_that_was_not_recorded_is_left_out_and_counted() -> None:
    run = RunBuilder()
    run.agent("root")
    run.agent("leaf", "root", output=FACTS[0])
    row = _rows(run)["1 -> 0"]
    assert (row["n"], row["left_out"], row["retained_share"], row["compression_ratio"]) == (0, 1, None, None)


def test_without_a_scorer_named_the_frame_says_which_one_judged() -> None:
    frame = measure(SYNTHESIS_RETENTION, _run("a", (0,), (0,)))
    assert frame["scorer"].null_count() == 0
