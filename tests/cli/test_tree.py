"""``tierscope tree``: the contract of its JSON, and what a person reads."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import FOOTNOTE, Command
from tierscope.instrumentation.store import Store


def test_json_of_the_newest_run_has_every_key_of_the_contract(tierscope: Command, stored: Store) -> None:
    ended = tierscope("tree", "--json")
    assert (ended.returncode, ended.stderr) == (0, "")
    (run,) = json.loads(ended.stdout)
    assert (run["root"], run["orphans"], run["max_depth"]) == ("chief", 0, 2)
    agents = {agent["name"]: agent for agent in run["agents"]}
    assert {name: agent["parent"] for name, agent in agents.items()} == {
        "chief": None,
        "lead": "chief",
        "analyst": "lead",
        "writer": "lead",
    }
    assert agents["analyst"] == {
        "id": f"{'ab' * 16}:{'3' * 16}",
        "parent_id": f"{'ab' * 16}:{'2' * 16}",
        "parent": "lead",
        "name": "analyst",
        "tier": 2,
        "role": "leaf",
        "domain": "lead",
        "status": "ok",
        "input_tokens": None,
        "output_tokens": None,
        "cost_usd": None,
        "cost_note": "no model call was recorded",
        "output": f"Revenue rose. {FOOTNOTE}",
        "started_at": "2023-11-14T22:13:22+00:00",
        "duration_ms": 2000.0,
        "tier_source": "declared",
        "tier_confidence": 1.0,
    }
    assert run["losses"] == [
        {
            "text": FOOTNOTE,
            "critical": True,
            "from_agent": "analyst",
            "reached": ["analyst"],
            "lost_at": "lead",
            "calls": 1,
        }
    ]


def test_a_stored_run_is_found_by_label_and_by_the_start_of_its_id(tierscope: Command, stored: Store) -> None:
    by_label, by_start = tierscope("tree", "quarterly", "--json"), tierscope("tree", "abab", "--json")
    assert by_label.stdout == by_start.stdout
    assert json.loads(by_label.stdout)[0]["run_id"] == "ab" * 16


def test_recorded_text_can_neither_style_nor_steer_the_terminal(tierscope: Command, stored: Store) -> None:
    shown = tierscope("tree").stdout
    assert "[red]not a style[/red]" in shown
    assert "\x1b" not in shown
    assert f"lost at lead: critical signal of analyst: {FOOTNOTE}" in shown


def test_explain_says_how_each_agent_got_its_place(tierscope: Command, stored: Store) -> None:
    shown = tierscope("tree", "--explain").stdout
    assert "analyst is an agent" in shown
    assert "declares tier 2" in shown
    assert "analyst  100% by declared" in shown
    (run,) = json.loads(tierscope("tree", "--explain", "--json").stdout)
    assert all(agent["evidence"] for agent in run["agents"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file or folder"),
        ("", "is empty"),
        ('{"resourceSpans": [', "cannot be read as OTLP: line 1, column"),
    ],
)
def test_file_that_cannot_be_read_is_one_line(
    tierscope: Command, tmp_path: Path, content: str | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "bad.json").write_text(content)
    ended = tierscope("tree", "bad.json")
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert ended.stderr.startswith("tierscope: bad.json")
    assert message in ended.stderr


def test_name_that_is_neither_file_nor_run_says_both(tierscope: Command, stored: Store) -> None:
    ended = tierscope("tree", "nothing.json")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"tierscope: 'nothing.json' is neither a file nor a run in {stored.path}; `tierscope runs` lists them.\n"
    )


RECORDS_LOSSES = """
from tierscope.instrumentation import configure, invocation, signal

configure("tierscope.duckdb")
with invocation("chief") as chief:
    for number in range(30):
        with invocation("leaf") as leaf:
            signal(f"Finding {number} is new.")
            signal("Costs fell.")
            leaf.output = f"Finding {number} is new. Costs fell."
    with invocation("auditor") as auditor:
        signal("Sales are overstated.", critical=True)
        auditor.output = "Sales are overstated."
    chief.output = "All is well."
"""


def test_many_losses_are_cut_with_the_critical_first_and_alike_ones_counted(tierscope: Command, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", RECORDS_LOSSES], cwd=tmp_path, check=True)
    lines = [line for line in tierscope("tree").stdout.splitlines() if line.startswith(("lost", "showing"))]
    assert lines[0] == "lost at chief: critical signal of auditor: Sales are overstated."
    assert "lost at chief: signal of leaf: Costs fell.  in 30 calls" in lines
    assert len(lines) == 21
    assert lines[-1] == "showing 20 of 32 losses, critical signals first (--json has all)"
    (run,) = json.loads(tierscope("tree", "--json").stdout)
    assert len(run["losses"]) == 32


def _nested_agents(count: int) -> str:
    spans = [
        {
            "traceId": "cd" * 16,
            "spanId": f"{level + 1:016x}",
            "parentSpanId": f"{level:016x}" if level else "",
            "name": f"invoke_agent level{level}",
            "startTimeUnixNano": str(1_700_000_000_000_000_000 + level),
            "endTimeUnixNano": str(1_700_000_001_000_000_000 - level),
            "attributes": [
                {"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}},
                {"key": "gen_ai.agent.name", "value": {"stringValue": f"level{level}"}},
            ],
        }
        for level in range(count)
    ]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"scope": {"name": "any"}, "spans": spans}]}]})


def test_every_one_of_150_levels_is_shown_in_a_narrow_terminal(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "deep.json").write_text(_nested_agents(150))
    shown = tierscope("tree", "deep.json").stdout
    assert [level for level in range(150) if f"tier {level} level{level} " not in shown] == []
    assert "tier 149 level149" in shown
    assert "under level148" in shown
    (run,) = json.loads(tierscope("tree", "deep.json", "--json").stdout)
    assert (len(run["agents"]), run["max_depth"], run["orphans"]) == (150, 149, 0)


def test_file_without_spans_and_file_without_agents_say_so(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text('{"resourceSpans": []}')
    assert "no spans" in tierscope("tree", "none.json").stdout
    assert tierscope("tree", "none.json", "--json").stdout.strip() == "[]"
    (tmp_path / "web.json").write_text(_nested_agents(3).replace("gen_ai.", "http."))
    shown = tierscope("tree", "web.json").stdout
    assert "0 agents, 3 spans" in shown
    assert "no agents were recognised; docs/conventions.md" in shown
