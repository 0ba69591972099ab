"""What really happened in a recorded run, and how an inferred run is held against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.runs import Invocation, Run
from tierscope.instrumentation.tiers import infer_runs

RECORDINGS = Path(__file__).resolve().parents[3].parent / "shared" / "traces" / "frameworks"


@dataclass(frozen=True)
class Truth:
    """A recording's ``.truth.json``."""

    values: Mapping[str, Any]

    @property
    def ran(self) -> list[str]:
        """Agents that ran, of those that the scenario has."""
        return list(self.values.get("agents_run") or self.values["tokens_by_agent"])

    @property
    def handed_over(self) -> bool:
        """Whether agents gave up their turn for good: then only the last one answers."""
        return bool(self.values["pattern"] == "handoff")

    def parent(self, agent: str) -> str | None:
        parent: str | None = self.values["agents"][agent]["parent"]
        return parent

    def tier(self, agent: str) -> int:
        return int(self.values["agents"][agent]["tier"])

    def tokens(self, agent: str) -> tuple[int, int]:
        used = self.values["tokens_by_agent"][agent]
        return used["input_tokens"], used["output_tokens"]


def load_recording(name: str) -> tuple[list[Run], Truth]:
    """Infer the runs of one recording."""
    truth = orjson.loads((RECORDINGS / f"{name}.truth.json").read_bytes())
    return infer_runs(load_spans(RECORDINGS / f"{name}.otlp.json")), Truth(truth)


def names() -> list[str]:
    """Recordings that are at hand."""
    return sorted(path.name.removesuffix(".otlp.json") for path in RECORDINGS.glob("*.otlp.json"))


def parent_names(run: Run) -> dict[str, str | None]:
    """Each agent's parent by name."""
    by_id: dict[str, Invocation] = {i.id: i for i in run.invocations}
    return {i.agent: by_id[i.parent_id].agent if i.parent_id else None for i in run.invocations}
