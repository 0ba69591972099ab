"""What a redactor leaves of a span, and that it stores nothing where it fails."""

import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.errors import SettingsError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.content import content_hash, message_json
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.redaction import RedactFunction, Redactor, make_redactor
from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.spans import AttributeValue, Span, SpanEvent, SpanLink
from tierscope.instrumentation.tiers import infer_runs

RECORDINGS = Path(__file__).parent.parent / "tiers" / "recordings"
IDS = ("0" * 31 + "1", "0" * 15 + "2", "0" * 15 + "3")
SECRET = "x7@example.org"
LEAKING_TEXT = st.text(max_size=8) | st.text(max_size=8).map(lambda text: f"{text} {SECRET}")
LEAKING_JSON = st.recursive(
    LEAKING_TEXT | LEAKING_TEXT.map(lambda text: orjson.dumps({text: [text]}).decode()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(LEAKING_TEXT, inner, max_size=4),
    max_leaves=12,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def _span(attributes: Mapping[str, Any], **fields: Any) -> Span:
    return Span(*IDS, "step", "internal", 1, 2, attributes=attributes, **fields)


def _make(function: RedactFunction | None = None, *, capture_content: bool = True, **section: object) -> Redactor:
    chosen = Settings.model_validate({"redaction": section, "capture_content": capture_content})
    redactor = make_redactor(chosen, function=function)
    assert redactor is not None
    return redactor


def _redact(redactor: Redactor, attributes: Mapping[str, Any]) -> Mapping[str, AttributeValue]:
    return redactor.redact([_span(attributes)])[0].attributes


def test_nothing_to_redact_makes_no_redactor() -> None:
    assert make_redactor(Settings()) is None


def test_untouched_span_is_the_same_object() -> None:
    span = _span({"gen_ai.agent.name": "clerk", "n": 7})
    assert _make(detect=["all"]).redact([span])[0] is span


def test_every_change_is_counted_on_its_span() -> None:
    mails = {"a": "x@example.org", "b": '["y@example.org", "z@example.org", "none"]', "c": "none"}
    attributes = _redact(_make(detect=["email"]), mails)
    assert attributes[semconv.TIERSCOPE_REDACTION_REPLACED] == 3
    assert (attributes["a"], attributes["c"]) == ("[redacted:email]", "none")
    assert attributes["b"] == '["[redacted:email]","[redacted:email]","none"]'


def test_counts_add_up_where_a_span_comes_again() -> None:
    redactor = _make(detect=["email"])
    once = _redact(redactor, {"a": "x@example.org"})
    again = _redact(redactor, {**once, "b": "y@example.org"})
    assert again[semconv.TIERSCOPE_REDACTION_REPLACED] == 2


def test_shared_resource_is_redacted_on_every_span_that_has_it() -> None:
    resource = {"service.name": "office", "owner": "x@example.org"}
    spans = _make(detect=["email"]).redact([_span({}, resource=resource), _span({"a": 1}, resource=resource)])
    assert [span.resource["owner"] for span in spans] == ["[redacted:email]"] * 2
    assert spans[0].resource[semconv.TIERSCOPE_REDACTION_REPLACED] == 1


def test_hash_of_a_signal_is_that_of_the_text_that_is_stored() -> None:
    text = "CRITICAL: x@example.org is locked out"
    event = SpanEvent(
        semconv.EVENT_SIGNAL, 1, {semconv.SIGNAL_TEXT: text, semconv.SIGNAL_HASH: content_hash(text), "n": 1}
    )
    stored = _make(detect=["email"]).redact([_span({}, events=(event,))])[0].events[0].attributes
    assert stored[semconv.SIGNAL_TEXT] == "CRITICAL: [redacted:email] is locked out"
    assert stored[semconv.SIGNAL_HASH] == content_hash(str(stored[semconv.SIGNAL_TEXT]))


def test_keys_that_become_the_same_are_both_kept() -> None:
    attributes = _redact(_make(detect=["email"]), {"by": {"x@example.org": 1, "y@example.org": 2}})
    assert attributes["by"] == {"[redacted:email]": 1, "[redacted:email]_": 2}


def test_field_is_replaced_whole_by_its_name_or_its_last_parts_in_any_case() -> None:
    redactor = _make(fields=["Customer.Name", "diagnosis"])
    nested = orjson.dumps({"customer": {"name": {"first": "Jane"}}, "name": "kept", "diagnosis": 7}).decode()
    attributes = _redact(redactor, {"arguments": nested, "customer.name": "Jane", "x.diagnosis": [1]})
    assert orjson.loads(str(attributes["arguments"])) == {
        "customer": {"name": "[redacted]"},
        "name": "kept",
        "diagnosis": "[redacted]",
    }
    assert (attributes["customer.name"], attributes["x.diagnosis"]) == ("[redacted]", "[redacted]")


def test_field_may_be_a_name_or_the_message_of_a_status() -> None:
    span = _span({}, status_message="Jane", events=(SpanEvent("about Jane", 1),))
    stored = _make(fields=["status.message", "event.name"]).redact([span])[0]
    assert (stored.name, stored.status_message, stored.events[0].name) == ("step", "[redacted]", "[redacted]")


def test_id_of_an_invocation_stays_though_its_digits_look_like_a_card() -> None:
    invocation = f"{'1' * 32}:4111111111111111"
    assert _redact(_make(detect=["all"]), {"tierscope.invocation.id": invocation})["tierscope.invocation.id"] == (
        invocation
    )


def test_value_nested_too_deep_to_be_looked_through_is_not_stored() -> None:
    value: Any = "x@example.org"
    for _ in range(500):
        value = [value]
    json = "[" * 500 + '"x@example.org"' + "]" * 500
    attributes = _redact(_make(detect=["email"]), {"json": json, "list": value, "n": 1})
    assert "example" not in str(table_from_spans([_span(attributes)]).to_pylist())


def test_function_is_given_name_and_text_and_may_change_or_take_out() -> None:
    asked: list[tuple[str, str]] = []

    def redact(name: str, text: str) -> str | None:
        asked.append((name, text))
        return None if name.endswith("ssn") else text.replace("Jane", "J.")

    attributes = _redact(_make(redact), {"who": "Jane", "json": '{"person": {"ssn": "1"}}'})
    assert ("json.person.ssn", "1") in asked
    assert ("who", "Jane") in asked
    assert ("span.name", "step") in asked
    assert (attributes["who"], attributes["json"]) == ("J.", '{"person":{"ssn":"[redacted]"}}')


def test_function_sees_what_the_detectors_have_left() -> None:
    seen: list[str] = []

    def redact(_: str, text: str) -> str:
        seen.append(text)
        return text

    _redact(_make(redact, detect=["email"]), {"a": "x@example.org"})
    assert "[redacted:email]" in seen
    assert not any("example" in text for text in seen)


def _raise(_: str, text: str) -> str:
    if "bad" in text:
        raise ValueError(text)
    return text


def _return_bytes(_: str, text: str) -> Any:
    return text.encode() if "bad" in text else text


@pytest.mark.parametrize("function", [_raise, _return_bytes])
def test_failing_function_stores_nothing_of_the_value_but_the_span(
    function: RedactFunction, caplog: pytest.LogCaptureFixture
) -> None:
    redactor = _make(function)
    event = SpanEvent("bad event", 5, {"text": "bad text", "n": 1})
    span = Span(*IDS, "bad name", "client", 1, 2, "error", "bad end", attributes={"a": '["bad"]', "b": "good"})
    with caplog.at_level(logging.ERROR):
        first = redactor.redact([replace(span, events=(event,))])[0]
        redactor.redact([span])
    assert (first.span_id, first.parent_span_id, first.start_ns, first.end_ns) == (IDS[1], IDS[2], 1, 2)
    assert (first.status, first.kind, first.name) == ("error", "client", "[redaction failed]")
    assert first.attributes == {"b": "good", semconv.TIERSCOPE_REDACTION_FAILED: 5}
    assert first.events == (SpanEvent("[redaction failed]", 5, {"n": 1}),)
    assert len(caplog.records) == 1, "it is said once"
    assert "bad" not in caplog.text


def test_span_that_cannot_be_looked_through_keeps_its_place_only_and_takes_no_other_along() -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("secret")

    link = SpanLink(IDS[0], IDS[1], {"text": "secret"})
    broken = _span({"a": Broken(), "text": "secret"}, links=(link,), status="error")
    bare, whole = _make(detect=["all"]).redact([broken, _span({"text": "fine"})])
    assert (bare.trace_id, bare.span_id, bare.parent_span_id, bare.status) == (*IDS, "error")
    assert bare.links == (SpanLink(IDS[0], IDS[1]),)
    assert "secret" not in repr(bare)
    assert whole.attributes == {"text": "fine"}


@pytest.mark.parametrize(
    ("path", "why"),
    [("nowhere.at_all:f", "cannot be imported"), ("os:nothing", "cannot be imported"), ("os:sep", "no")],
)
def test_function_that_is_not_there_is_a_mistake_in_the_settings(path: str, why: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(why)):
        make_redactor(Settings.model_validate({"redaction": {"function": path}}))


@given(st.dictionaries(st.text(min_size=1, max_size=8), JSON, max_size=4))
def test_values_without_a_finding_come_out_as_they_went_in(attributes: dict[str, Any]) -> None:
    texts = {f"json {name}": orjson.dumps(value).decode() for name, value in attributes.items()}
    span = _span({**attributes, **texts})
    assert _make(patterns={"never": r"\x01never\x02"}).redact([span])[0].attributes == span.attributes


@given(st.dictionaries(LEAKING_TEXT, LEAKING_JSON, max_size=4))
def test_secret_is_gone_wherever_it_stood_in_nested_values(attributes: dict[str, Any]) -> None:
    redacted = _redact(_make(detect=["email"]), {**attributes, "json": orjson.dumps(attributes).decode()})
    assert SECRET not in str(table_from_spans([_span(redacted)]).to_pylist())


def test_without_content_nothing_that_was_said_is_stored_and_numbers_and_names_stay() -> None:
    said = message_json("user", "Jane is ill")
    facts = {
        "gen_ai.agent.name": "clerk",
        "gen_ai.request.model": "m1",
        "gen_ai.usage.input_tokens": 12,
        "input.mime_type": "text/plain",
    }
    content = {
        "gen_ai.input.messages": said,
        "gen_ai.tool.call.arguments": '{"who": "Jane"}',
        "gen_ai.system_instructions": said,
        "input.value": "Jane",
        "llm.input_messages.0.message.content": "Jane",
        "traceloop.entity.output": "Jane",
        "gen_ai.prompt": "Jane",
        "gcp.vertex.agent.llm_request": "Jane",
        "tool_arguments": "Jane",
        "final_result": "Jane",
        "a.note.of.ones.own": "Jane " * 100,
    }
    nested = {"metadata": '{"langgraph_node": "clerk", "question": "Jane?"}'}
    exception = SpanEvent("exception", 3, {"exception.type": "ValueError", "exception.message": "Jane"})
    signal = SpanEvent(
        semconv.EVENT_SIGNAL, 3, {semconv.SIGNAL_TEXT: "Jane", semconv.SIGNAL_CRITICAL: True, semconv.SIGNAL_VALUE: 4.5}
    )
    span = _span({**facts, **content, **nested}, status_message="Jane", events=(exception, signal))
    stored = _make(capture_content=False).redact([span])[0]
    assert "Jane" not in repr(stored)
    assert facts.items() <= stored.attributes.items()
    assert stored.attributes["metadata"] == '{"langgraph_node":"clerk"}'
    assert stored.attributes[semconv.TIERSCOPE_REDACTION_LEFT_OUT] == len(content) + 4
    assert stored.events[0].attributes == {"exception.type": "ValueError"}
    assert stored.events[1].attributes == {semconv.SIGNAL_CRITICAL: True, semconv.SIGNAL_VALUE: 4.5}


TOLD_WITHOUT_CONTENT = (
    "adk_tool",
    "agent_framework_handoff",
    "autogen_swarm",
    "crewai_sequential_tl",
    "langgraph_supervisor_oi",
    "openai_agents_tools_oi_chat",
    "pydantic_ai_3",
    "strands_swarm",
)
"""Recordings in which the tree does not hang on what was said."""


@pytest.mark.parametrize("name", TOLD_WITHOUT_CONTENT)
def test_tree_stays_when_personal_data_and_content_go(name: str) -> None:
    spans = load_spans(RECORDINGS / f"{name}.otlp.json.gz")
    assert _tree(_make(detect=["all"]).redact(spans)) == _tree(spans)
    assert _tree(_make(capture_content=False).redact(spans)) == _tree(spans)


def _tree(spans: list[Span]) -> list[tuple[object, ...]]:
    found = [invocation for run in infer_runs(spans) for invocation in run.invocations]
    return sorted((one.id, one.agent, str(one.tier), str(one.parent_id)) for one in found)
