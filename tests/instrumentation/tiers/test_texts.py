"""Texts, prompts, transfers and tokens out of what different instrumentations write."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.instrumentation.tiers.making import agent, event, spans
from tierscope.instrumentation.spans import AttributeValue
from tierscope.instrumentation.tiers.prompts import name_in_prompt, system_prompt
from tierscope.instrumentation.tiers.texts import answer, first_value, question, result, words
from tierscope.instrumentation.tiers.transfers import transfer_target
from tierscope.instrumentation.tiers.usage import model_name, tokens

ASKED, SAID = "How many rows?", "There are 88 rows."

DIALECTS: dict[str, AttributeValue] = {
    "plain": SAID,
    "genai parts": [
        {"role": "user", "parts": [{"type": "text", "content": ASKED}]},
        {"role": "assistant", "parts": [{"type": "tool_call", "name": "count"}, {"type": "text", "content": SAID}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "response": "88"}]},
    ],
    "openai chat": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": SAID}],
    "openai responses": {
        "output": [
            {"type": "reasoning", "summary": []},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": SAID}]},
        ]
    },
    "langchain data": {
        "messages": [
            {"type": "human", "data": {"content": ASKED, "type": "human"}},
            {"type": "ai", "data": {"content": SAID, "type": "ai", "name": "leaf"}},
            {
                "type": "ai",
                "data": {"content": "Back.", "type": "ai", "response_metadata": {"__is_handoff_back": True}},
            },
        ]
    },
    "langchain constructor": {
        "outputs": {"messages": [{"lc": 1, "id": ["AIMessage"], "kwargs": {"content": SAID, "type": "ai"}}]}
    },
    "langchain generations": {
        "generations": [[{"text": SAID, "message": {"kwargs": {"content": SAID, "type": "ai"}}}]]
    },
    "gemini": {"content": {"role": "model", "parts": [{"text": SAID}]}},
    "bedrock": [{"text": SAID}],
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("as_json", [False, True])
def test_answer_is_the_last_thing_an_agent_said(dialect: str, as_json: bool) -> None:
    value = DIALECTS[dialect]
    assert answer(json.dumps(value) if as_json and not isinstance(value, str) else value) == SAID


def test_messages_of_other_speakers_are_no_answer() -> None:
    named: AttributeValue = [
        {"role": "assistant", "name": "boss", "content": "Go on."},
        {"role": "user", "content": ASKED},
    ]
    assert answer(named, "leaf") is None
    assert answer(named, "boss") == "Go on."


def test_question_is_the_last_user_message_or_the_one_text_among_arguments() -> None:
    assert question(DIALECTS["openai chat"]) == ASKED
    assert question('{"request": "How many rows?"}') == ASKED
    assert question('{"limit": 3}') is None


def test_result_of_a_tool_is_its_text_but_not_the_address_of_an_object() -> None:
    assert result('{"result": "88 rows"}') == "88 rows"
    assert result({"update": {"messages": [{"content": "88 rows", "type": "tool"}]}}) == "88 rows"
    assert result("[<framework.Content object at 0x7f7e3dc00f50>]") is None


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=80))
def test_words_of_a_text_are_found_in_any_json_of_it(text: str) -> None:
    flat = [w for w in words(text) if w != "_"]
    for packed in (json.dumps([{"content": text}]), json.dumps([{"content": text}], ensure_ascii=False)):
        inside = words(packed)
        assert len([w for w in flat if w not in inside]) <= text.count("\\") + text.count("/")


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_any_json_is_read_without_failing(value: AttributeValue) -> None:
    for read in (answer, question, result):
        found = read(json.dumps(value))
        assert found is None or found.strip()


def test_value_of_an_event_counts_where_the_span_has_none() -> None:
    told = event("gen_ai.choice", message="Hello.")
    details = event("gen_ai.client.inference.operation.details", gen_ai__output__messages="Hi.")
    (span,) = spans(agent("leaf", events=(told, details)))
    assert first_value(span, ("event:gen_ai.choice",)) == "Hello."
    assert first_value(span, ("gen_ai.output.messages", "event:gen_ai.choice")) == "Hello."
    assert first_value(span, ("gen.none", "gen_ai.output.messages")) == "Hi."
    assert first_value(span, ("gen.none",)) is None


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("You are planner. Plan well.", "planner"),
        ("You're a helpful agent named 'checker'.\nTask: check.", "checker"),
        ('Plan.\n\nYou are an agent. Your internal name is "planner".', "planner"),
        ("You are a helpful assistant who plans.", None),
        ("Plan the quarter.", None),
    ],
)
def test_name_in_a_system_prompt(prompt: str, name: str | None) -> None:
    assert name_in_prompt(prompt) == name


def test_system_prompt_is_found_wherever_it_is_written() -> None:
    places: list[dict[str, AttributeValue]] = [
        {"gen_ai.system_instructions": [{"type": "text", "content": "Plan."}]},
        {"llm.input_messages.0.message.role": "system", "llm.input_messages.0.message.content": "Plan."},
        {"gen_ai.input.messages": [{"role": "system", "parts": [{"type": "text", "content": "Plan."}]}]},
        {"gen_ai.prompt": json.dumps({"messages": [[{"lc": 1, "kwargs": {"type": "system", "content": "Plan."}}]]})},
    ]
    found = [system_prompt(spans(agent("leaf", attributes=place))[0]) for place in places]
    assert found == ["Plan."] * len(places)
    assert system_prompt(spans(agent("leaf"))[0]) is None


@pytest.mark.parametrize(
    ("tool", "arguments", "target"),
    [
        ("transfer_to_writer", None, "writer"),
        ("handoff_to_writer", "{}", "writer"),
        ("transfer_to_agent", '{"agent_name": "writer"}', "writer"),
        ("handoff_to_agent", {"agent_name": "writer"}, "writer"),
        ("transfer_to_agent", None, None),
        ("search", '{"agent_name": "writer"}', None),
        (None, None, None),
    ],
)
def test_transfer_tools_name_their_receiver(tool: str | None, arguments: AttributeValue, target: str | None) -> None:
    assert transfer_target(tool, arguments) == target


@pytest.mark.parametrize(
    ("attributes", "used"),
    [
        ({"gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 2}, (5, 2)),
        ({"llm.token_count.prompt": 5, "llm.token_count.completion": 2}, (5, 2)),
        ({"gen_ai.usage.prompt_tokens": "5", "gen_ai.usage.completion_tokens": "2"}, (5, 2)),
        ({"gen_ai.usage.input_tokens": 0}, (0, None)),
        ({"llm.token_count.total": 7}, (None, None)),
    ],
)
def test_tokens_under_every_name(attributes: dict[str, AttributeValue], used: tuple[int | None, int | None]) -> None:
    assert tokens(spans(agent("leaf", attributes=attributes))[0]) == used


def test_model_that_an_instrumentation_calls_unknown_is_not_recorded() -> None:
    (span,) = spans(agent("leaf", attributes={"gen_ai.response.model": "unknown", "gen_ai.request.model": "small-1"}))
    assert model_name(span) == "small-1"
