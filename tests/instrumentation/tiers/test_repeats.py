"""Several runs in one trace are told apart; one run whose agents work more than once stays one."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from tests.instrumentation.tiers.making import Made, agent, chat, spans, tool, workflow
from tests.instrumentation.tiers.mutations import shape
from tests.instrumentation.tiers.truth import infer_one, load_recording, name_of, recordings
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import Span, SpanLink
from tierscope.instrumentation.tiers import infer_runs

BATCH = "batch"
SAID = "Checked 88 rows of the census table and found them right."


def runs_of(found: list[Span]) -> list[list[tuple[str, int | None]]]:
    """Agents and tiers of each run."""
    return [sorted((i.agent, i.tier) for i in run.invocations) for run in infer_runs(found)]


def batch(*below: Made) -> list[Span]:
    """One trace with a span around all of it."""
    return spans(Made(BATCH, {}, below))


def case(*below: Made) -> Made:
    """A span around one case of an evaluation."""
    return Made("case", {}, below)


def boss() -> Made:
    return agent("boss", chat(used=(5, 1)), tool("ask_leaf", agent("leaf", chat(used=(7, 2)))))


LED = [("boss", 0), ("leaf", 1)]


def test_agents_that_begin_again_below_one_span_are_runs_of_their_own() -> None:
    found = batch(boss(), boss(), boss())
    assert runs_of(found) == [LED] * 3
    runs = infer_runs(found)
    assert len({run.id for run in runs}) == 3
    assert runs[0].id == found[0].trace_id
    assert {run.trace_ids for run in runs} == {(found[0].trace_id,)}
    assert sum(run.span_count for run in runs) == len(found)
    assert [[call.input_tokens for call in run.model_calls] for run in runs] == [[5, 7]] * 3


def test_cases_of_an_evaluation_are_runs_with_all_that_is_in_them() -> None:
    judged = [("boss", 0), ("judge", None), ("leaf", 1)]
    assert runs_of(batch(case(boss(), agent("judge")), case(boss(), agent("judge")))) == [judged] * 2


def test_next_turn_that_reads_the_last_answer_is_no_boss_of_it() -> None:
    found = batch(agent("boss", chat("Go."), output=SAID), agent("boss", chat(f"Go. {SAID} Go on."), output=SAID))
    assert runs_of(found) == [[("boss", 0)]] * 2


def test_workflows_that_run_again_are_runs_of_their_own() -> None:
    led = workflow(agent("boss", tool("transfer_to_leaf")), agent("leaf"))
    assert runs_of(batch(led, led)) == [LED] * 2


def test_roots_that_declare_themselves_are_runs_though_their_names_differ() -> None:
    def ours(name: str, **facts: object) -> Made:
        return agent(name, attributes={"tierscope.tier": 0} | facts, scope_name="tierscope")

    assert runs_of(batch(ours("chef"), ours("cook"), ours("cook"))) == [[("chef", 0)], [("cook", 0)], [("cook", 0)]]
    named = [ours(name, **{"tierscope.run.id": f"run of {name}"}) for name in ("chef", "cook")]
    assert [run.id for run in infer_runs(batch(*named))] == ["run of chef", "run of cook"]


@pytest.mark.parametrize(
    "found",
    [
        batch(agent("worker"), agent("worker"), agent("boss")),
        batch(agent("worker"), chat("Sum up."), agent("worker")),
        spans(workflow(case(agent("worker", chat("One."))), case(agent("other", chat("Two."))))),
        [span for span in batch(agent("worker"), agent("worker")) if span.name != BATCH],
    ],
    ids=[
        "beside another agent",
        "beside a model call of nobody known",
        "in a workflow",
        "below a span that never came",
    ],
)
def test_agents_that_something_else_may_lead_are_one_run(found: list[Span]) -> None:
    assert len(infer_runs(found)) == 1


def test_agents_without_ends_that_begin_again_in_workflows_are_each_in_one_run() -> None:
    again = [agent("left", agent("boss")) for _ in range(2)]
    found = batch(workflow(agent("boss"), agent("left")), workflow(agent("boss"), *again))
    runs = infer_runs([replace(span, end_ns=None) for span in found])
    kept = sum(span.name.startswith("invoke_agent") for span in found)
    ids = [i.id for run in runs for i in run.invocations]
    assert len(ids) == len(set(ids)) <= kept
    assert sum(run.span_count for run in runs) == len(found)


def test_links_join_the_runs_of_a_trace_that_they_point_to() -> None:
    first = batch(boss(), boss())
    later = spans(agent("later"), trace=2, start=99)
    second = [s for s in first if s.name == "invoke_agent boss"][1]
    linked = replace(later[0], links=(SpanLink(second.trace_id, second.span_id),))
    assert [sorted(i.agent for i in run.invocations) for run in infer_runs([*first, linked])] == [
        ["boss", "leaf"], ["boss", "later", "leaf"],
    ]  # fmt: skip


WHOLE = [
    path
    for path in recordings()
    if len({s.trace_id for s in load_recording(path)}) == 1
    and {s.parent_span_id for s in load_recording(path)} <= {None, *(s.span_id for s in load_recording(path))}
    and not name_of(path).startswith("agno")  # whose spans name each other by ids that a copy has as well
]


@pytest.mark.parametrize("path", WHOLE, ids=lambda p: f"{p.parent.name}-{name_of(p)}")
def test_a_recording_twice_in_one_trace_is_two_runs_like_the_one(path: Path) -> None:
    recorded = load_recording(path)
    first, last = min(s.start_ns for s in recorded), max(s.end_ns or s.start_ns for s in recorded)
    around = replace(
        recorded[0], span_id="ab" * 8, parent_span_id=None, name=BATCH, scope_name="", attributes={}, events=(),
        links=(), start_ns=first - 1, end_ns=2 * last,
    )  # fmt: skip
    both = [*recorded, *(_again(span, last - first + 1_000_000) for span in recorded)]
    runs = infer_runs([around, *(replace(s, parent_span_id=s.parent_span_id or around.span_id) for s in both)])
    assert [_alike([run]) for run in runs] == [_alike([infer_one(path)])] * 2


def _alike(runs: list[Run]) -> list[tuple[object, ...]]:
    return sorted(shape(runs), key=str)


def _again(span: Span, by_ns: int) -> Span:
    """A copy of the span, later in the same trace."""

    def other(id_: str) -> str:
        return sha256(f"again {id_}".encode()).hexdigest()[:16]

    return replace(
        span,
        span_id=other(span.span_id),
        parent_span_id=other(span.parent_span_id) if span.parent_span_id else None,
        links=tuple(SpanLink(link.trace_id, other(link.span_id)) for link in span.links),
        start_ns=span.start_ns + by_ns,
        end_ns=span.end_ns + by_ns if span.end_ns is not None else None,
    )
