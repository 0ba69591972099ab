"""Each rule by hand, with a structure that it must leave alone beside it."""

from dataclasses import replace

import pytest

from tierscope.metrics.structure_advice import STRUCTURE_ADVICE
from tierscope.metrics.testing import RunBuilder, measure

_LATE_NS = 1_700_000_000_060_000_000
"""60 ms after a made-up run began."""
LONG = " ".join(f"word{number}" for number in range(80))


def _advice(*runs: RunBuilder) -> dict[tuple[str, str], str]:
    frame = measure(STRUCTURE_ADVICE, *runs)
    return {(row["advice"], row["agent"]): row["text"] for row in frame.iter_rows(named=True)}


def _team(size: int, head: str = "root") -> RunBuilder:
    run = RunBuilder()
    run.agent("root")
    if head != "root":
        run.agent(head, "root")
    for number in range(size):
        run.agent(f"m{number}", head)
    return run


def test_usual_hierarchy_gets_no_advice() -> None:
    assert _advice(_team(3)) == {}
    assert _advice(_team(3, head="lead")) == {}


def test_span_of_control_outside_the_usual_range_is_told() -> None:
    assert _advice(_team(6))["wide_span_of_control", "root"] == (
        "'root' leads more members than one agent usually can: 6 members, usual are 2 to 5."
    )
    assert _advice(_team(2, head="lead"))["narrow_span_of_control", "lead"] == (
        "'lead' leads few members for a layer of its own: 2 members, usual are 3 to 7."
    )


def test_span_counts_members_and_not_how_often_they_were_called() -> None:
    again = RunBuilder()
    again.agent("root", ms=(0, 100))
    for number in range(8):
        again.agent(f"m{number % 4}", "root", (number * 10, number * 10 + 10))
    assert _advice(again) == {}
    at_once = RunBuilder()
    at_once.agent("root", ms=(0, 100))
    for number in range(6):
        at_once.agent("worker", "root", (number, 50))
    assert ("wide_span_of_control", "root") in _advice(at_once)


@pytest.mark.parametrize(
    ("head", "usual", "odd"),
    [("root", (2, 5), {6: "wide"}), ("lead", (3, 7), {2: "narrow", 8: "wide"}), ("desk", (2, 4), {5: "wide"})],
)
def test_both_ends_of_each_range_are_usual_and_what_lies_beyond_is_not(
    head: str, usual: tuple[int, int], odd: dict[int, str]
) -> None:
    def led(size: int) -> set[str]:
        run = RunBuilder()
        run.agent("root")
        for above, name in (("root", "lead"), ("lead", "desk")):
            if head in (name, "desk") and head != "root":
                run.agent(name, above)
        for number in range(size):
            run.agent(f"m{number}", head)
        return {advice for advice, agent in _advice(run) if agent == head and "span" in advice}

    assert [led(size) for size in usual] == [set(), set()]
    assert {size: led(size) for size in odd} == {size: {f"{kind}_span_of_control"} for size, kind in odd.items()}


def _relay(output: str, *, others: int = 0) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", output="Buy.")
    run.agent("relay", "root", output=output)
    run.agent("worker", "relay", output="The smelter halted for nine weeks, and prices rose in every market.")
    for number in range(others):
        run.agent(f"other {number}", "relay", output="Nothing new.")
    return run


def test_layer_that_adds_something_or_has_a_choice_of_members_is_left_alone() -> None:
    kept = "The smelter halted for nine weeks, and prices rose in every market."
    assert ("layer_adds_nothing", "relay") in _advice(_relay(kept))
    assert ("layer_adds_nothing", "relay") not in _advice(_relay(f"{kept} We expect nine more."))
    assert ("layer_adds_nothing", "relay") not in _advice(_relay(kept, others=2))


def test_layer_that_called_its_one_member_twice_adds_nothing_either() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100), output="Buy.")
    run.agent("relay", "root", (0, 90), output="Halted.")
    run.agent("worker", "relay", (0, 10), status="error")
    run.agent("worker", "relay", (20, 30), output="Halted.")
    assert ("layer_adds_nothing", "relay") in _advice(run)


def test_layer_that_returns_what_its_one_member_wrote_adds_nothing() -> None:
    run = RunBuilder()
    run.agent("root", output="Buy.")
    run.agent("relay", "root", output="**The smelter** halted for nine weeks.")
    run.agent("worker", "relay", output="The smelter halted for nine weeks.")
    assert _advice(run) == {
        ("layer_adds_nothing", "relay"): "If the layer of 'relay' were removed, nothing would get worse: "
        "it returned what its one member 'worker' wrote."
    }


def test_synthesis_as_long_as_what_it_was_made_of_forwards_transcripts() -> None:
    run = RunBuilder()
    run.agent("root", output=f"{LONG} {LONG}")
    for name in "abc":
        run.agent(name, "root", output=LONG if name != "c" else "short")
    assert list(_advice(run)) == [("forwards_transcripts", "root")]


OTHER = " ".join(f"term{number}" for number in range(160))


@pytest.mark.parametrize(
    ("output", "is_told"),
    [
        (f"{LONG} {LONG} Summed up by the root.", True),
        (" ".join(f"{LONG} {LONG}".split()[:-20]), False),  # 0.87 words out per word in
        (f"{LONG} {LONG} {LONG}", False),
        (OTHER, False),  # as long, and all its own
    ],
)
def test_only_what_is_as_long_and_made_of_the_same_words_forwards(output: str, is_told: bool) -> None:
    run = RunBuilder()
    run.agent("root", output=output)
    for name in "abc":
        run.agent(name, "root", output=LONG if name != "c" else "short")
    assert (("forwards_transcripts", "root") in _advice(run)) == is_told


def test_handoff_of_a_part_or_of_a_short_task_narrows() -> None:
    run = RunBuilder()
    run.agent("root", input=LONG)
    for name in "abc":
        run.agent(name, "root", input=" ".join(LONG.split()[:-10]))
    assert _advice(run) == {}
    short = RunBuilder()
    short.agent("root", input="Assess copper.")
    for name in "abc":
        short.agent(name, "root", input="Assess copper.")
    assert _advice(short) == {}


def test_handoff_of_the_whole_context_does_not_narrow() -> None:
    run = RunBuilder()
    run.agent("root", input=LONG)
    for name in "abc":
        run.agent(name, "root", input=f"Please help. {LONG}" if name == "a" else "Look at prices.")
    told = _advice(run)["handoff_does_not_narrow", "root"]
    assert told.endswith("1 of 3 members were given its whole input of 80 words.")


def test_planner_with_a_long_prompt_is_told() -> None:
    run = RunBuilder()
    run.agent("root", tokens=(2_500, 10))
    for name in "abc":
        run.agent(name, "root", tokens=(9_000, 10))  # leaves may read much
    assert _advice(run) == {
        ("long_planner_prompt", "root"): "'root' plans on a long prompt: 2,500 input tokens in one call."
    }


def test_prompt_of_two_thousand_tokens_or_of_a_synthesis_is_no_long_planner_prompt() -> None:
    exact = RunBuilder()
    exact.agent("root", tokens=(2_000, 10))
    reading = RunBuilder("run-2")
    reading.agent("root", ms=(0, 100), tokens=(500, 10))
    for run in (exact, reading):
        for name in "abc":
            run.agent(name, "root", (10, 50))
    late = replace(reading.model_calls[0], id="run-2:root#late", input_tokens=9_000, started_ns=_LATE_NS)
    reading.model_calls.append(late)
    assert _advice(exact, reading) == {}


def _sequence(third_input: str) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    for number, name in enumerate("abc"):
        given = third_input if name == "c" else f"Task {name}."
        run.agent(name, "root", (number * 30, number * 30 + 20), input=given, output=f"Result of {name} is in.")
    return run


def test_independent_members_in_sequence_could_run_at_once() -> None:
    assert _advice(_sequence("Task c."))["independent_members_in_sequence", "root"] == (
        "'root' could run its members in parallel:"
        " 3 members ran one after another; at once they would have saved up to 40 ms."
    )


def test_members_that_need_each_other_may_run_in_sequence() -> None:
    assert _advice(_sequence("Task c, given: Result of b is in.")) == {}


def test_members_that_were_declared_to_need_each_other_may_run_in_sequence() -> None:
    run = _sequence("Task c.")
    run.dependency("b", "c", "need")
    assert _advice(run) == {}


def test_members_of_whom_two_ran_at_once_or_two_alone_are_no_sequence() -> None:
    run = _sequence("Task c.")
    run.agent("d", "root", (85, 95), input="Task d.", output="Result of d is in.")
    assert ("independent_members_in_sequence", "root") in _advice(run)
    run.agent("e", "root", (80, 90), input="Task e.", output="Result of e is in.")
    assert ("independent_members_in_sequence", "root") not in _advice(run)
    two = RunBuilder()
    two.agent("root", ms=(0, 100))
    for number, name in enumerate("ab"):
        two.agent(name, "root", (number * 30, number * 30 + 20), input="Task.", output="Done.")
    assert _advice(two) == {}


def test_member_that_failed_and_was_tried_again_is_no_sequence_and_debaters_are_none() -> None:
    tried = RunBuilder()
    tried.agent("root", ms=(0, 100))
    tried.agent("a", "root", (0, 10), input="Task a.", output="Result a.")
    tried.agent("b", "root", (20, 30), input="Task b.", status="error")
    tried.agent("b", "root", (40, 50), input="Task b.", output="Result b.")
    assert _advice(tried) == {}
    debate = RunBuilder()
    debate.agent("root", ms=(0, 100))
    for number, name in enumerate(("bull", "bear", "bull", "bear")):
        debate.agent(name, "root", (number * 20, number * 20 + 10), input="Argue.", output=f"Argument {number}.")
    assert _advice(debate) == {}


def test_advice_counts_how_often_it_applies() -> None:
    runs = [_team(6), _team(3)]
    runs[1].id = "run-2"
    row = measure(STRUCTURE_ADVICE, *runs).row(0, named=True)
    assert (row["n"], row["of"], row["share"]) == (1, 2, 0.5)


def _planned(*, tailored: bool = False, runs: int = 5) -> list[RunBuilder]:
    """Runs whose root has a model plan: always the same three members, with the task handed on as it came."""
    made = [RunBuilder(f"run-{number}") for number in range(runs)]
    for number, run in enumerate(made):
        task = f"Assess company {number}."
        run.agent("root", input=task, tokens=(100, 10))
        for name in "abc":
            part = f"Look at {('margins', 'debt')[number % 2]}." if tailored else "Look at prices."
            run.agent(name, "root", input=f"{part} {task}")
    return made


def test_plan_that_never_differs_need_not_be_asked_for() -> None:
    assert _advice(*_planned())["plan_always_same", "root"] == (
        "'root' asks a model for a plan that never changes: in 5 runs it gave 'a', 'b', 'c' the same each time."
    )


def test_plan_that_differs_or_was_seen_seldom_or_costs_nothing_is_left_alone() -> None:
    assert _advice(*_planned(tailored=True)) == {}
    assert _advice(*_planned(runs=4)) == {}
    by_code = _planned()
    for run in by_code:
        run.model_calls.clear()
    assert _advice(*by_code) == {}


SECRET = "Internal note: the desk values copper inventories in Chile at 47.318 thousand tonnes for its own book."


def _teams_of_one_domain(*, handed: bool = False) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("company", "root", (0, 95))
    for desk, start in (("metals", 5), ("miners", 40)):
        run.agent(desk, "company", (start, start + 40), input=f"Assess. {SECRET}" if handed else "Assess.")
    run.agent("copper", "metals", (6, 20), output=f"Done. {SECRET}")
    run.agent("antofagasta", "miners", (50, 70), input=f"Assess the mine. {SECRET}", output="Halted.")
    return run


def test_content_of_another_team_in_an_input_that_nobody_handed_over_has_leaked() -> None:
    told = _advice(_teams_of_one_domain())["state_leaked_between_teams", "miners"]
    assert told.startswith(
        "State got into the team of 'miners' past its handoffs: its member 'antofagasta' was given what 'copper' wrote"
    )


def test_content_that_came_by_a_handoff_or_was_declared_has_not_leaked() -> None:
    assert ("state_leaked_between_teams", "miners") not in _advice(_teams_of_one_domain(handed=True))
    declared = _teams_of_one_domain()
    declared.dependency("copper", "antofagasta", "artifact")
    assert ("state_leaked_between_teams", "miners") not in _advice(declared)
    within = RunBuilder()
    within.agent("root", ms=(0, 100))
    within.agent("copper", "root", (0, 10), output=SECRET)
    within.agent("zinc", "root", (20, 30), input=SECRET)
    assert ("state_leaked_between_teams", "root") not in _advice(within)
