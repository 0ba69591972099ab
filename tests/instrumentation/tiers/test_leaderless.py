"""Runs whose leader is not there: its members keep their tiers as guesses, and no agent is invented."""

from dataclasses import replace

import pytest

from tests.instrumentation.tiers.making import Made, agent, chat, spans, tool
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.tiers import infer_runs

SAID = "Checked 88 rows of the census table and found them right."


def graph(*below: Made, name: str = "invoke_graph") -> Made:
    """A container whose last agent joins what the others said, as of a Strands graph."""
    return Made(name, {"gen_ai.operation.name": "invoke_graph"}, below, {"scope_name": "strands.telemetry.tracer"})


def tiers(run: Run) -> dict[str, int | None]:
    return {i.agent: i.tier for i in run.invocations}


def test_agents_of_a_graph_that_broke_off_are_below_the_leaders_that_never_ran() -> None:
    led = graph(agent("leaf", chat(), output=SAID), agent("desk", chat(f"Sum up: {SAID}")))
    (run,) = infer_runs(spans(graph(graph(agent("left"), agent("right", status="error")), led)))
    assert tiers(run) == {"left": 2, "right": 2, "desk": 1, "leaf": 2}
    assert run.root_id is None
    assert all(i.tier_confidence <= 0.3 for i in run.invocations)
    assert any("never ran" in note for note in run.notes)


def test_a_container_that_holds_nothing_but_another_has_no_leader_of_its_own() -> None:
    (run,) = infer_runs(
        spans(graph(graph(graph(agent("left"), agent("right")), graph(agent("third"), agent("fourth")))))
    )
    assert set(tiers(run).values()) == {2}


def test_agents_in_one_flat_container_get_no_tier_by_guess() -> None:
    (run,) = infer_runs(spans(Made("invoke_workflow", {"gen_ai.operation.name": "invoke_workflow"}, (
        agent("left", chat("One.")), agent("right", chat("Two.")),
    ))))  # fmt: skip
    assert set(tiers(run).values()) == {None}


def test_members_below_a_span_that_never_came_are_one_below_the_agent_that_called_models_there() -> None:
    found = spans(Made("lost", {}, (chat(), tool("go", agent("left")), chat(), tool("on", agent("right")))))
    (run,) = infer_runs([span for span in found if span.name != "lost"])
    assert tiers(run) == {"left": 1, "right": 1}
    assert all("a span that never came" in " ".join(i.evidence) for i in run.invocations)


def test_members_below_a_span_that_never_came_and_called_no_model_stay_orphans() -> None:
    found = spans(Made("lost", {}, (tool("go", agent("left")), tool("on", agent("right")))))
    (run,) = infer_runs([span for span in found if span.name != "lost"])
    assert set(tiers(run).values()) == {None}


@pytest.mark.parametrize(("kind", "sure"), [("internal", 0.6), ("server", 0.95)])
def test_a_root_below_a_span_that_never_came_is_surer_where_it_answers_another_service(kind: str, sure: float) -> None:
    desk = agent("desk", agent("leaf"))
    found = spans(Made("lost", {}, (Made("POST /run", {}, (desk,), {"kind": kind}),)))
    (run,) = infer_runs([span for span in found if span.name != "lost"])
    assert [(i.agent, i.tier, i.tier_confidence) for i in run.invocations] == [("desk", 0, sure), ("leaf", 1, sure)]
    assert ("a span above it never came" in run.invocations[0].evidence[-1]) == (sure < 0.9)


def test_a_leader_that_is_there_needs_no_guess() -> None:
    found = spans(graph(graph(agent("leaf", chat(), output=SAID)), agent("boss", chat(f"Sum up: {SAID}"))))
    (run,) = infer_runs([replace(span) for span in found])
    assert tiers(run) == {"boss": 0, "leaf": 1}
