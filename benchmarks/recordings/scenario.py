"""The scenario that every framework here runs: three tiers, one critical line that is lost on its way up.

editor -> {sourcing -> {archivist, statistician}, production -> {drafter, proofreader}}

No model is called: ``Script`` says what an agent's model would answer, from how many of its members have answered.
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

CRITICAL = "CRITICAL: row 17 of the census table is counted twice, hold the print run."
TASK = "Prepare the autumn issue: collect sources, check the tables, write and proofread the text."


@dataclass(frozen=True)
class Agent:
    """One agent of the scenario."""

    name: str
    about: str
    answer: str
    task: str
    members: tuple[str, ...] = ()

    @property
    def prompt(self) -> str:
        """Its system prompt."""
        return f"You are {self.name}. {self.about}."


AGENTS = {
    a.name: a
    for a in (
        Agent(
            "editor",
            "Plans the issue",
            "The autumn issue is ready for print with 12 pages.",
            TASK,
            ("sourcing", "production"),
        ),
        Agent(
            "sourcing",
            "Runs the sources",
            f"Sources: three archives agree on the totals. {CRITICAL}",
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
            f"Checked 88 rows of the census table. {CRITICAL}",
            "Check the census table.",
        ),
        Agent(
            "drafter",
            "Writes articles",
            "Article: the town grew from 5,100 to 5,900 people in ten years.",
            "Write 900 words on the census.",
        ),
        Agent("proofreader", "Reads proofs", "Proofs: two commas added, one date corrected.", "Proofread the article."),
    )
}


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


CHAIN = ("editor", "sourcing", "statistician")
"""Who runs where each agent hands over to the next and none gets the work back."""


def next_calls(name: str, offered: set[str], given: str, one_by_one: bool = False) -> list[tuple[str, dict[str, str]]]:
    """The tool calls by which an agent's model gives work to those of its members that have none yet.

    Args:
        name: the agent.
        offered: names of the tools that its model is offered.
        given: all that its model is sent, as text.
        one_by_one: whether it calls one member at a time.
    """
    calls: list[tuple[str, dict[str, str]]] = []
    for member in AGENTS[name].members:
        task = AGENTS[member].task
        ways: dict[str, dict[str, str]] = {
            **{f"{verb}_{member}": {"input": task} for verb in ("ask", "transfer_to", "handoff_to")},
            member: {"input": task},
            "delegate_work_to_coworker": {"task": task, "context": "autumn issue", "coworker": member},
            "task": {"subagent_type": member, "description": task},
            "handoff_to_agent": {"agent_name": member, "message": task},
            "transfer_to_agent": {"agent_name": member},
        }
        way = next((w for w in ways if w in offered), None)
        if way is not None and not _called(way, member, given):
            calls.append((way, ways[way]))
    return calls[:1] if one_by_one else calls


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
    tiers = {"editor": 0, "sourcing": 1, "production": 1}
    if chair is not None:
        parents = {a: chair for a in AGENTS if a != chair}
        tiers = {a: int(a != chair) for a in AGENTS}
    truth = {
        "pattern": pattern,
        "failed_agent": os.environ.get("FAILS") or None,
        "aborted": bool(ABORTED),
        "critical_line": CRITICAL,
        "critical_reaches": ["statistician", "sourcing"],
        "agents": {
            a.name: {"tier": tiers.get(a.name, 2), "parent": parents.get(a.name), "output": a.answer}
            for a in AGENTS.values()
        },
        "tokens_by_agent": {
            n: {"input_tokens": sum(i for i, _ in u), "output_tokens": sum(o for _, o in u)} for n, u in used.items()
        },
        "agents_run": list(ran or used),
    }
    out.with_name(f"{out.name.partition('.')[0]}.truth.json").write_text(json.dumps(truth, indent=1))
