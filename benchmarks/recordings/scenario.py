"""What every framework here runs: agents on three or four tiers, and critical lines that are lost on their way.

``SCENARIO`` names one of the two:

issue   editor -> {sourcing -> {archivist, statistician}, production -> {drafter, proofreader}}
relief  coordinator -> {logistics_agent -> {routing -> {road_scout, air_scout}, stock}, health -> {triage_tool}, press}

No model is called: ``Script`` says what an agent's model would answer, from how many of its members have answered.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Agent:
    """One agent of the scenario."""

    name: str
    about: str
    answer: str
    task: str
    members: tuple[str, ...] = ()
    named: bool = True
    """Whether its system prompt says its name."""

    @property
    def prompt(self) -> str:
        """Its system prompt."""
        return f"You are {self.name}. {self.about}." if self.named else f"# Duty\n{self.about}, in two lines."


@dataclass(frozen=True)
class Critical:
    """A critical line, the agents whose answers have it from its author upwards, and the one that lost it."""

    line: str
    reaches: tuple[str, ...]
    lost_at: str | None


@dataclass(frozen=True)
class Scenario:
    """Who is there, and who runs in patterns that need only some of them."""

    agents: dict[str, Agent]
    criticals: tuple[Critical, ...]
    chain: tuple[str, ...]
    """Who runs where each agent hands over to the next and none gets the work back."""
    desk: tuple[str, ...]
    """Who takes turns in a flat team: the root's member and two of its members, then the root."""

    @property
    def root(self) -> str:
        """The agent that nobody calls."""
        return self.chain[0]


def _by_name(*agents: Agent) -> dict[str, Agent]:
    return {agent.name: agent for agent in agents}


_COUNTED_TWICE = "CRITICAL: row 17 of the census table is counted twice, hold the print run."
_ISSUE = Scenario(
    _by_name(
        Agent(
            "editor",
            "Plans the issue",
            "The autumn issue is ready for print with 12 pages.",
            "Prepare the autumn issue: collect sources, check the tables, write and proofread the text.",
            ("sourcing", "production"),
        ),
        Agent(
            "sourcing",
            "Runs the sources",
            f"Sources: three archives agree on the totals. {_COUNTED_TWICE}",
            "Collect sources for the autumn issue and check the tables.",
            ("archivist", "statistician"),
        ),
        Agent(
            "production",
            "Runs the text",
            "Text: one article of 900 words, proofread.",
            "Write and proofread the article.",
            ("drafter", "proofreader"),
        ),
        Agent(
            "archivist",
            "Finds documents",
            "Found 4 documents in three archives about the census.",
            "Find documents about the census.",
        ),
        Agent(
            "statistician",
            "Checks tables",
            f"Checked 88 rows of the census table. {_COUNTED_TWICE}",
            "Check the census table.",
        ),
        Agent(
            "drafter",
            "Writes articles",
            "Article: the town grew from 5,100 to 5,900 people in ten years.",
            "Write 900 words on the census.",
        ),
        Agent("proofreader", "Reads proofs", "Proofs: two commas added, one date corrected.", "Proofread the article."),
    ),
    (Critical(_COUNTED_TWICE, ("statistician", "sourcing"), "editor"),),
    chain=("editor", "sourcing", "statistician"),
    desk=("archivist", "statistician", "sourcing", "editor"),
)
_BRIDGE = "URGENT: bridge B7 is closed to trucks."
_INSULIN = "WARNING: insulin for 40 patients is missing."
_RELIEF = Scenario(
    _by_name(
        Agent(
            "coordinator",
            "Leads the relief of the flooded valley",
            f"# Plan\n\n- Trucks leave at 06:00 over the northern road.\n- {_INSULIN}",
            "Plan the relief of the flooded valley.",
            ("logistics_agent", "health", "press"),
            named=False,
        ),
        Agent(
            "logistics_agent",
            "Brings goods into the valley",
            "Goods go by the northern road, 14 trucks in two columns.",
            "Plan how 90 tonnes get into the valley.",
            ("routing", "stock"),
            named=False,
        ),
        Agent(
            "routing",
            "Chooses the ways by land and air",
            f"Two ways were looked at.\n{_BRIDGE}\nThe northern road is free.",
            "Choose a way for 14 trucks.",
            ("road_scout", "air_scout"),
            named=False,
        ),
        Agent(
            "road_scout",
            "Looks at roads and bridges",
            f"- Northern road: free, wet.\n- **{_BRIDGE}**",
            "Look at the roads.",
            named=False,
        ),
        Agent(
            "air_scout",
            "Looks at landing places for helicopters",
            "The school's field takes one helicopter at a time.",
            "Look at landing places.",
            named=False,
        ),
        Agent("stock", "Counts what is in the stores", "Done.", "Count the stores.", named=False),
        Agent(
            "health",
            "Cares for the sick and hurt",
            f"Two field hospitals stand by the river. {_INSULIN}",
            "Care for 300 people.",
            ("triage_tool",),
            named=False,
        ),
        Agent(
            "triage_tool",
            "Sorts patients by need",
            f"Sorted 312 patients: 40 need insulin, 12 need surgery. {_INSULIN}",
            "Sort the patients by need.",
            named=False,
        ),
        Agent("press", "Tells the public", "Done.", "Tell the public when trucks come.", named=False),
    ),
    (
        Critical(_BRIDGE, ("road_scout", "routing"), "logistics_agent"),
        Critical(_INSULIN, ("triage_tool", "health", "coordinator"), None),
    ),
    chain=("coordinator", "logistics_agent", "routing", "road_scout"),
    desk=("routing", "stock", "logistics_agent", "coordinator"),
)
SCENARIO = {"issue": _ISSUE, "relief": _RELIEF}[os.environ.get("SCENARIO", "issue")]
AGENTS = SCENARIO.agents
CHAIN = SCENARIO.chain
DESK = SCENARIO.desk
LINE = (DESK[0], DESK[2], SCENARIO.root)
"""Who works one after the other in a pipeline."""
ROOT = SCENARIO.root
TASK = AGENTS[ROOT].task
STRAY = os.environ.get("STRAY", "")
"""A coworker who does not exist and is called first."""
REPEAT = int(os.environ.get("REPEAT", "1"))
"""How often each member is called, in one turn of its caller."""


class RefusedError(Exception):
    """What the model of the failing agent raises."""


@dataclass
class Script:
    """What an agent's model answers."""

    fails: str | None = field(default_factory=lambda: os.environ.get("FAILS") or None)

    def answer(self, name: str) -> str:
        """The final answer; the failing agent has none."""
        if name == self.fails:
            raise RefusedError("the model refused the request")
        return AGENTS[name].answer


def next_calls(name: str, offered: set[str], given: str, one_by_one: bool = False) -> list[tuple[str, dict[str, str]]]:
    """The tool calls by which an agent's model gives work to those of its members that have none yet.

    Args:
        name: the agent.
        offered: names of the tools that its model is offered.
        given: all that its model is sent, as text.
        one_by_one: whether it calls one member at a time.
    """
    stray = {"task": TASK, "context": "none", "coworker": STRAY}
    if STRAY and name == ROOT and "delegate_work_to_coworker" in offered and STRAY not in given:
        return [("delegate_work_to_coworker", stray)]
    calls: list[tuple[str, dict[str, str]]] = []
    for member in AGENTS[name].members:
        task = AGENTS[member].task
        ways: dict[str, dict[str, str]] = {
            **{f"{verb}_{member}": {"input": task} for verb in ("ask", "transfer_to", "handoff_to")},
            member: {"input": task},
            "delegate_work_to_coworker": {"task": task, "context": "autumn issue", "coworker": member},
            "delegate_task_to_member": {"member_id": member, "task": task},
            "handoff": {"to_agent": member, "reason": task},
            f"{member}-{member}": {"input": task},
            f"Handoff-transfer_to_{member}": {},
            "task": {"subagent_type": member, "description": task},
            "handoff_to_agent": {"agent_name": member, "message": task},
            "transfer_to_agent": {"agent_name": member},
        }
        way = next((w for w in ways if w in offered), None)
        if way is not None and not _called(way, member, given):
            calls.append((way, ways[way]))
    return calls[:1] if one_by_one else calls * REPEAT


def _called(way: str, member: str, given: str) -> bool:
    if member in way:
        return f'"{way}"' in given.replace("'", '"')
    return AGENTS[member].answer in given or f'"{member}"' in given.replace("\\", "").replace("'", '"')


def tokens(text: str) -> int:
    """A made-up count that differs from text to text."""
    return len(text.split()) + len(text) // 40


def who(system_prompt: str) -> str:
    """The agent that a system prompt belongs to."""
    return next(a.name for a in AGENTS.values() if a.prompt in system_prompt)


ABORTED: list[str] = []
"""Why the run did not come to its end, if it did not."""


def note_abort(error: BaseException) -> None:
    """Go on after a run that failed: its recording is what is wanted."""
    ABORTED.append(str(error))


def write_truth(
    out: Path,
    used: dict[str, list[tuple[int, int]]],
    pattern: str,
    ran: Sequence[str] = (),
    chair: str | None = None,
) -> None:
    """Write what really happened beside a recording.

    Args:
        out: the recording, ``NAME.otlp.json`` or ``NAME.otlp.json.gz``.
        used: tokens of every model call, by agent.
        pattern: how the agents work together.
        ran: agents that ran, where it was not all of them.
        chair: the one agent that leads all others, where one does.
    """
    parents = {m: a.name for a in AGENTS.values() for m in a.members}
    if chair is not None:
        parents = {a: chair for a in AGENTS if a != chair}
    first = SCENARIO.criticals[0]
    truth = {
        "pattern": pattern,
        "failed_agent": os.environ.get("FAILS") or None,
        "aborted": bool(ABORTED),
        "critical_line": first.line,
        "critical_reaches": first.reaches,
        "criticals": [{"line": c.line, "reaches": c.reaches, "lost_at": c.lost_at} for c in SCENARIO.criticals],
        "agents": {
            a.name: {"tier": _tier(a.name, parents), "parent": parents.get(a.name), "output": a.answer}
            for a in AGENTS.values()
        },
        "repeat": REPEAT,
        "tokens_by_agent": {
            n: {"input_tokens": sum(i for i, _ in u), "output_tokens": sum(o for _, o in u)} for n, u in used.items()
        },
        "agents_run": list(ran or used),
    }
    out.with_name(f"{out.name.partition('.')[0]}.truth.json").write_text(json.dumps(truth, indent=1))


def _tier(name: str, parents: dict[str, str]) -> int:
    return 1 + _tier(parents[name], parents) if name in parents else 0
