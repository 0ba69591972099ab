"""What an invocation was asked, answered and used, and how it ended."""

from dataclasses import replace
from typing import Any

import pytest

from tests.instrumentation.tiers.making import Made, agent, chat, event, spans, tool
from tests.instrumentation.tiers.truth import by_agent
from tierscope.instrumentation.runs import Invocation
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs


def only(found: list[Span], name: str = "leaf") -> Invocation:
    return by_agent(infer_runs(found)[0])[name]


def test_own_usage_counts_only_where_no_model_call_was_recorded() -> None:
    used = {"gen_ai.usage.input_tokens": 70, "gen_ai.usage.output_tokens": 7}
    assert only(spans(agent("leaf", attributes=used))).input_tokens == 70
    assert only(spans(agent("leaf", chat(used=(5, 1)), chat(used=(6, 2)), attributes=used))).input_tokens == 11
    boss = spans(agent("boss", agent("leaf", chat(used=(5, 1))), attributes=used))
    assert only(boss, "boss").input_tokens is None
    assert only(spans(agent("leaf", chat()))).input_tokens is None


@pytest.mark.parametrize(("written", "read"), [(5, 5), (5.0, 5), ("5", 5), (5.5, None), ("many", None), (True, None)])
def test_tokens_are_whole_numbers_in_whatever_type_they_come(written: object, read: int | None) -> None:
    call = chat(attributes={"gen_ai.usage.input_tokens": written})
    assert only(spans(agent("leaf", call))).input_tokens == read


def test_model_call_inside_a_model_call_is_the_same_call() -> None:
    inner, outer = chat(used=(5, 1)), chat(used=(5, 1))
    run = infer_runs(spans(agent("leaf", replace(outer, below=(inner,)))))[0]
    assert [(c.input_tokens, c.output_tokens) for c in run.model_calls] == [(5, 1)]


def test_tokens_that_only_the_inner_of_two_instrumentations_recorded_count_once() -> None:
    stream = Made("stream", {}, (chat(used=(5, 1), attributes={"gen_ai.response.model": "gpt-5"}),))
    run = infer_runs(spans(agent("leaf", replace(chat(), below=(stream,)), chat(used=(2, 1)))))[0]
    assert [(c.input_tokens, c.model) for c in run.model_calls] == [(5, "gpt-5"), (2, None)]
    assert (run.invocations[0].input_tokens, run.invocations[0].model_calls) == (7, 2)


def test_model_calls_of_an_agent_inside_a_model_call_are_its_own() -> None:
    run = infer_runs(spans(agent("boss", replace(chat(), below=(agent("leaf", chat(used=(5, 1))),)))))[0]
    assert {i.agent: i.input_tokens for i in run.invocations} == {"boss": None, "leaf": 5}


def test_model_call_outside_every_agent_is_kept_without_an_owner() -> None:
    run = infer_runs(spans(Made("request", {}, (agent("leaf"), chat(used=(5, 1))))))[0]
    assert [c.invocation_id for c in run.model_calls] == [None]


def test_question_comes_from_the_tool_call_that_asked_it() -> None:
    asked = {"gen_ai.tool.call.arguments": '{"request": "How many rows?"}', "gen_ai.tool.call.result": "88 rows."}
    found = only(spans(agent("boss", tool("ask_leaf", agent("leaf"), **asked))))
    assert (found.input, found.output) == ("How many rows?", "88 rows.")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "ok"),
        ({"status": "error", "status_message": "model refused"}, "error"),
        ({"status": "error", "attributes": {"error.type": "TimeoutError"}}, "timeout"),
        ({"status": "error", "events": (event("exception", exception__type="asyncio.CancelledError"),)}, "cancelled"),
        ({"status": "error", "status_message": "Command(graph='desk', goto='leaf')"}, "ok"),
        ({"status": "error", "events": (event("exception", exception__type="langgraph.errors.ParentCommand"),)}, "ok"),
        ({"attributes": {"tierscope.status": "timeout"}}, "timeout"),
    ],
)
def test_status_says_how_it_ended(fields: dict[str, Any], expected: str) -> None:
    assert only(spans(agent("leaf", **fields))).status == expected


def test_failed_last_model_call_fails_an_agent_that_never_answered() -> None:
    failing: dict[str, Any] = {"status": "error", "status_message": "model refused"}
    assert only(spans(agent("leaf", chat(**failing)))).status == "error"
    assert only(spans(agent("leaf", chat(**failing), output="Nothing found."))).status == "ok"


def test_open_span_is_running_until_the_root_has_ended() -> None:
    root, leaf = spans(agent("root", agent("leaf")))
    open_leaf = replace(leaf, end_ns=None)
    assert only([replace(root, end_ns=None), open_leaf]).status == "running"
    assert only([root, open_leaf]).status == "abandoned"


def test_pending_record_is_replaced_by_the_finished_span() -> None:
    root, leaf = spans(agent("root", agent("leaf", attributes={"tierscope.pending": True})))
    finished = replace(leaf, attributes={**leaf.attributes, "tierscope.output": "Done."})
    for order in ([root, replace(leaf, end_ns=None), finished], [finished, root, replace(leaf, end_ns=None)]):
        assert (only(order).status, only(order).output) == ("ok", "Done.")


def test_agent_whose_span_never_came_is_named_by_the_work_below_it() -> None:
    owner = {"gen_ai.agent.name": "lost"}
    found = spans(agent("root", agent("lost", chat(attributes=owner), tool("ask", agent("leaf"), **owner))))
    run = infer_runs([s for s in found if s.name != "invoke_agent lost"])[0]
    lost = next(i for i in run.invocations if i.agent == "lost")
    assert run.orphan_span_count == 2
    assert lost.status == "running"
    assert "its own span never came" in " ".join(lost.evidence)
    assert next(i for i in run.invocations if i.agent == "leaf").parent_id == lost.id


def test_missing_span_inside_a_running_agent_is_no_second_agent() -> None:
    owner = {"gen_ai.agent.name": "boss"}
    found = spans(agent("boss", Made("loop", {}, (chat(attributes=owner), tool("ask", agent("leaf"), **owner)))))
    run = infer_runs([s for s in found if s.name != "loop"])[0]
    assert [(i.agent, i.tier) for i in run.invocations] == [("boss", 0), ("leaf", 1)]
