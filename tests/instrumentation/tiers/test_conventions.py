"""Conventions: the table, the docs page, those that users describe, and frameworks that nothing here recorded."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from tests.instrumentation.tiers.making import Made, agent, spans, tool
from tests.instrumentation.tiers.truth import by_agent, tree
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import Convention, TierSettings, infer_runs
from tierscope.instrumentation.tiers.conventions import CONVENTIONS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "conventions.md"


def block(language: str) -> str:
    """The page's example in that language."""
    match = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert match is not None
    return match[1]


def relay(name: str, below: tuple[Made, ...] = (), **attributes: object) -> Made:
    """A span of the docs page's framework."""
    facts = {f"relay.{key}": value for key, value in attributes.items()}
    return Made(name, facts, below, {"scope_name": "relay.tracing"})


def test_docs_list_every_convention_as_it_describes_itself() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == [(c.name, c.versions) for c in CONVENTIONS]


def test_every_convention_module_says_versions_and_examples() -> None:
    folder = Path(__file__).resolve().parents[3] / "instrumentation" / "tiers" / "conventions"
    for path in sorted(folder.glob("[!_]*.py")):
        head = path.read_text(encoding="utf-8").split('"""')[1]
        assert "\nVersions: " in head, path.name
        assert "\nExamples: " in head, path.name


def test_convention_of_the_docs_page_in_toml_needs_no_code() -> None:
    settings = TierSettings.model_validate(tomllib.loads(block("toml"))["tiers"])
    call = Made("relay-model small", {"gen_ai.usage.input_tokens": 9}, (), {"scope_name": "relay.tracing"})
    found = spans(
        relay(
            "relay chef",
            (call, relay("relay cook", level=1, desk="kitchen", question="Salt?", answer="Yes.\nSTOP PRESS: no salt")),
            level=0,
        )
    )
    (run,) = infer_runs(found, settings)
    chef, cook = run.invocations
    assert (run.recorder, run.spawn_limit) == ("relay", 2)
    assert (chef.agent, chef.tier, chef.input_tokens) == ("chef", 0, 9)
    assert (cook.agent, cook.tier, cook.domain, cook.input, cook.tier_source) == (
        "cook",
        1,
        "kitchen",
        "Salt?",
        "declared",
    )
    assert [(s.invocation_id, s.text) for s in run.signals] == [(cook.id, "STOP PRESS: no salt")]
    assert infer_runs(found)[0].invocations == ()


def test_parent_that_spans_give_by_name_needs_no_span_tree() -> None:
    settings = TierSettings.model_validate(tomllib.loads(block("toml"))["tiers"])
    found = [*spans(relay("relay chef"), trace=1), *spans(relay("relay cook", boss="chef"), trace=2, start=9)]
    runs = infer_runs(
        [s for s in found if s.trace_id == found[0].trace_id] + [_same_trace(found[1], found[0])], settings
    )
    assert [(i.agent, i.tier, i.tier_source) for i in runs[0].invocations] == [
        ("chef", 0, "agent_span"),
        ("cook", 1, "declared"),
    ]


def _same_trace(span: Span, other: Span) -> Span:
    return replace(span, trace_id=other.trace_id, span_id="f" * 16)


def test_what_a_custom_convention_does_not_recognise_goes_on_to_the_built_in_ones() -> None:
    settings = TierSettings.model_validate({"conventions": [{"name": "mine", "agent_attribute": "my.agent"}]})
    mine = Made("work", {"my.agent": "chef"}, (agent("cook"),))
    assert [(i.agent, i.tier) for i in infer_runs(spans(mine), settings)[0].invocations] == [("chef", 0), ("cook", 1)]


def test_convention_of_the_docs_page_in_code_is_all_that_a_framework_needs() -> None:
    page: dict[str, object] = {}
    exec(block("python"), page)
    convention = page["CONVENTION"]
    assert isinstance(convention, Convention)
    found = spans(
        relay(
            "start",
            (relay("a", (relay("relay-pass cook"),), agent="chef"), relay("b", (), agent="cook", answer="Done.")),
        )
    )
    (run,) = infer_runs(found, conventions=[convention])
    chef, cook = run.invocations
    assert (cook.parent_id, cook.tier_source, cook.output) == (chef.id, "handoff", "Done.")


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"name": "x", "agent_span": "("}, "not a regular expression"),
        ({"name": "x", "depth_limit": -1}, "greater than or equal to 0"),
        ({"name": "x", "agnet_span": "y"}, "Extra inputs are not permitted"),
        ({"agent_span": "y"}, "Field required"),
    ],
)
def test_setting_that_does_not_fit_is_named(values: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        TierSettings.model_validate({"conventions": [values]})


def test_agents_of_claude_code_are_known_by_the_ids_of_their_requests() -> None:
    scope = {"scope_name": "com.anthropic.claude_code.tracing"}

    def request(used: int, **facts: object) -> Made:
        return Made("claude_code.llm_request", {"input_tokens": used, **facts}, (), scope)

    deep = {"agent_id": "b", "parent_agent_id": "a", "agent.name": "Plan"}
    inside = (request(4, agent_id="a", **{"agent.name": "Explore"}), request(5, agent_id="a"), request(6, **deep))
    asked = Made("claude_code.tool", {"tool_name": "Task"}, inside, scope)
    (run,) = infer_runs(spans(Made("claude_code.interaction", {}, (request(3), asked), scope)))
    assert [(i.agent, i.tier, i.input_tokens) for i in run.invocations] == [
        ("claude_code", 0, 3), ("Explore", 1, 9), ("Plan", 2, 6),
    ]  # fmt: skip


def test_proposed_transfer_attributes_name_receiver_and_giver() -> None:
    call = {"gen_ai.transfer.target.name": "desk", "gen_ai.transfer.mode": "handoff"}
    found = spans(
        Made(
            "workflow",
            {"gen_ai.operation.name": "invoke_workflow"},
            (agent("root", tool("pass", **call)), agent("desk")),
        )
    )
    assert tree(found) == [("desk", 1, "root"), ("root", 0, None)]


def test_tool_that_runs_an_agent_without_a_span_stands_for_it() -> None:
    scope = {"scope_name": "openinference.instrumentation.crewai"}
    boss = {"openinference.span.kind": "AGENT", "graph.node.id": "boss"}
    asked = {
        "openinference.span.kind": "TOOL",
        "tool.name": "Delegate work to coworker",
        "input.value": '{"task": "Count.", "coworker": "leaf"}',
        "output.value": "88 rows.",
    }
    found = spans(Made("boss._execute_core", boss, (Made("Delegate work to coworker._use", asked, (), scope),), scope))
    leaf = by_agent(infer_runs(found)[0])["leaf"]
    assert (leaf.tier, leaf.input, leaf.output) == (1, "Count.", "88 rows.")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('AgentSetup(input=[], current_agent_name="Bob\'s agent")', "Bob's agent"),
        ('{"current_agent_name": "Bob\'s agent", "input": []}', "Bob's agent"),
        ('{"event": "{\\"current_agent_name\\": \\"chef\\"}"}', "chef"),
        ('{"current_agent_name": "Pr\\u00fcfer \\ud83d\\ude80"}', "Prüfer 🚀"),
    ],
)
def test_llama_index_names_agents_in_any_way_of_quoting(written: str, name: str) -> None:
    scope = {"scope_name": "openinference.instrumentation.llama_index"}
    call = Made("OpenAI.achat", {"openinference.span.kind": "LLM"}, (), scope)
    step = Made("BaseWorkflowAgent.run_agent_step", {"input.value": written}, (call,), scope)
    assert tree(spans(Made("FunctionAgent.run", {}, (step,), scope))) == [(name, 0, None)]
