"""Recorded runs, what really happened in each, and how an inferred run is held against it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.runs import Invocation, Run
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import infer_runs

OWN = Path(__file__).parent / "recordings"
"""Made by benchmarks/recordings."""
SHARED = Path(__file__).resolve().parents[3].parent / "shared" / "traces" / "frameworks"
"""Made by others; beside the repository, where it is at all."""


@dataclass(frozen=True)
class Truth:
    """A recording's ``.truth.json``."""

    values: Mapping[str, Any]

    @property
    def ran(self) -> set[str]:
        """Agents that ran, of those that the scenario has."""
        return set(self.values.get("agents_run") or self.values["tokens_by_agent"])

    @property
    def failed(self) -> str | None:
        name: str | None = self.values["failed_agent"]
        return name

    @property
    def aborted(self) -> bool:
        return bool(self.values.get("aborted"))

    @property
    def criticals(self) -> list[tuple[str, list[str], str | None]]:
        """Each critical line, the agents whose answers have it from its author upwards, and who lost it."""
        if "criticals" in self.values:
            return [(c["line"], c["reaches"], c["lost_at"]) for c in self.values["criticals"]]
        reaches: list[str] = self.values["critical_reaches"]
        return [(self.values["critical_line"], reaches, self.agent(reaches[-1])[0])]

    def agent(self, name: str) -> tuple[str | None, int, str]:
        """Parent, tier and output."""
        found = self.values["agents"][name]
        return found["parent"], found["tier"], found["output"]

    def tokens(self, name: str) -> tuple[int, int] | None:
        """Of the agent's own model calls; None where no call succeeded."""
        used = self.values["tokens_by_agent"].get(name, {"input_tokens": 0, "output_tokens": 0})
        found = used["input_tokens"], used["output_tokens"]
        return found if any(found) else None


def recordings() -> list[Path]:
    """All that are at hand."""
    return [*sorted(OWN.glob("*.otlp.json.gz")), *sorted(SHARED.glob("*.otlp.json"))]


def name_of(path: Path) -> str:
    return path.name.partition(".")[0]


@cache
def load_truth(path: Path) -> Truth:
    return Truth(orjson.loads(path.with_name(f"{name_of(path)}.truth.json").read_bytes()))


@cache
def load_recording(path: Path) -> tuple[Span, ...]:
    """The spans of a recording, read once for all tests."""
    return tuple(load_spans(path))


@cache
def infer_one(path: Path) -> Run:
    """The one run of a recording."""
    runs = infer_runs(load_recording(path))
    assert len(runs) == 1
    return runs[0]


def by_agent(run: Run) -> dict[str, Invocation]:
    """Each agent's one invocation."""
    found = {i.agent: i for i in run.invocations}
    assert len(found) == len(run.invocations), "an agent was found twice"
    return found


def parent_name(run: Run, invocation: Invocation) -> str | None:
    return next((i.agent for i in run.invocations if i.id == invocation.parent_id), None)


def tree(spans: Sequence[Span]) -> list[tuple[str, int | None, str | None]]:
    """Agent, tier and parent of all runs in spans."""
    return sorted((i.agent, i.tier, parent_name(run, i)) for run in infer_runs(spans) for i in run.invocations)
