"""Each rule by hand, with a structure that it must leave alone beside it."""

from tierscope.metrics.structure_advice import STRUCTURE_ADVICE
from tierscope.metrics.testing import RunBuilder, measure

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
        ("long_planner_prompt", "root"): "'root' plans or synthesizes on a long prompt: 2,500 input tokens in one call."
    }


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


def test_advice_counts_how_often_it_applies() -> None:
    runs = [_team(6), _team(3)]
    runs[1].id = "run-2"
    row = measure(STRUCTURE_ADVICE, *runs).row(0, named=True)
    assert (row["n"], row["of"], row["share"]) == (1, 2, 0.5)
