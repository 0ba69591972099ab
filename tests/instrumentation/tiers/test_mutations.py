"""What is inferred follows the conventions, not names, ids, times, versions or texts of a recording."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.instrumentation.tiers.mutations import (
    reissue,
    rename,
    renamer,
    renumber,
    reword,
    shape,
    shape_of,
    shift,
    without,
)
from tests.instrumentation.tiers.truth import infer_one, load_recording, load_truth, name_of, recordings

NAMES = {
    "opaque": ("q7x", "zk_4", "m0", "vv_k", "p", "ooq_1", "t9", "b22", "nn"),
    "parts_of_each_other": ("desk", "desk_a", "a_desk", "desk_a_b", "a", "a_desk_b", "b", "b_b", "a_b"),
    "words_of_frameworks": ("agent", "model", "tools", "task", "assistant", "chat", "call_agent", "tool", "plan"),
    "agents_and_tools": (
        "research_agent", "agent_two", "supervisor", "planner_tool", "model_checker", "workflow_lead", "worker_1",
        "run", "agents",
    ),
    "other_alphabets": (
        "Größe Prüfer", "Sr Analyst / EU", "数据", "R&D lead", "lead", "Sr Analyst", "Ops (night)", "é", "ж",
    ),
    "case": ("ROOT", "Root", "Root2", "LeadOne", "leadTwo", "X-1", "X-10", "X", "LEADONE"),
}  # fmt: skip
OPTIONAL = (
    "code.",
    "gen_ai.agent.description",
    "gen_ai.agent.id",
    "gen_ai.provider.name",
    "gen_ai.request.",
    "gen_ai.response.",
    "gen_ai.system",
    "gen_ai.tool.call.id",
    "gen_ai.tool.description",
    "graph.node.parent_id",
    "input.mime_type",
    "llm.provider",
    "llm.system",
    "logfire.json_schema",
    "logfire.span_type",
    "output.mime_type",
    "server.",
    "session.id",
    "thread.",
    "tool.description",
    "tool.parameters",
    "traceloop.entity.path",
    "user.id",
)
"""What only some versions write, or what is there for readers other than a tree; a full stop ends a prefix."""

paths = pytest.mark.parametrize("path", recordings(), ids=lambda p: f"{p.parent.name}-{name_of(p)}")


@paths
@pytest.mark.parametrize("scheme", NAMES)
def test_agents_under_other_names_make_the_same_tree(path: Path, scheme: str) -> None:
    if "send_otel" in name_of(path) and scheme == "other_alphabets":
        pytest.skip("this instrumentation names agents in their prompts alone, and a prompt's words are no name")
    names = list(load_truth(path).values["agents"])
    called = renamer(names, NAMES[scheme])
    expected = [
        (parent, called(str(agent)), *place, called(output) if isinstance(output, str) else None, *sure)
        for parent, agent, *place, output, source, confidence in shape([infer_one(path)])
        for sure in [(source, confidence)]
    ]
    assert shape_of(rename(load_recording(path), names, NAMES[scheme])) == expected


@paths
def test_other_ids_times_and_versions_make_the_same_tree(path: Path) -> None:
    spans = reissue(shift(renumber(load_recording(path)), by_ns=-86_400_000_000_000, factor=3))
    assert shape_of(spans) == shape([infer_one(path)])


@paths
def test_clocks_that_count_milliseconds_make_the_same_tree(path: Path) -> None:
    def whole(at_ns: int) -> int:
        return at_ns // 1_000_000 * 1_000_000

    spans = [
        replace(s, start_ns=whole(s.start_ns), end_ns=None if s.end_ns is None else whole(s.end_ns))
        for s in load_recording(path)
    ]
    assert _placed(shape_of(spans)) == _placed(shape([infer_one(path)]))


@paths
def test_other_answers_make_the_same_tree(path: Path) -> None:
    answers = [str(agent["output"]) for agent in load_truth(path).values["agents"].values()]
    words = [(sentence, f"{sentence[:-1]}, said otherwise ({n}).") for n, sentence in enumerate(_sentences(answers))]
    before = [one[:-3] + one[-2:] for one in shape([infer_one(path)])]
    after = [one[:-3] + one[-2:] for one in shape_of(reword(load_recording(path), words))]
    assert after == before


def _sentences(answers: list[str]) -> list[str]:
    """Sentences of more than four words, the longer first, so that none is replaced inside another."""
    found = {part + "." for answer in answers for part in answer.split(". ") for part in [part.rstrip(".")]}
    return sorted((s for s in found if len(s.split()) > 4 and "\n" not in s), key=len, reverse=True)


@paths
def test_without_what_only_some_versions_write_the_tree_is_the_same(path: Path) -> None:
    assert _placed(shape_of(without(load_recording(path), OPTIONAL))) == _placed(shape([infer_one(path)]))


CONTENTS = ("gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.call.")
"""What opentelemetry-instrumentation-genai writes only where it is asked to."""


@pytest.mark.parametrize("path", [p for p in recordings() if "deep_otel" in name_of(p)], ids=name_of)
def test_subagents_that_only_contents_name_keep_their_tiers_and_tokens_without_contents(path: Path) -> None:
    def rows(found: list[tuple[object, ...]]) -> list[str]:
        return sorted(str((tier, used, said)) for _, _, tier, _, _, used, said, *_ in found)

    assert rows(shape_of(without(load_recording(path), CONTENTS))) == rows(shape([infer_one(path)]))


def _placed(found: list[tuple[object, ...]]) -> list[str]:
    """Each agent with its parent and tier; siblings in any order, since their times may be the same."""
    names: dict[object, object] = {position: one[1] for position, one in enumerate(found)}
    return sorted(str((names.get(parent), agent, tier)) for parent, agent, tier, *_ in found)
