"""A replay predicts what really happens: the orchestrator runs a random hierarchy, and then the changed one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute

RUN_VARIANTS = """
import asyncio, json, sys
from random import Random
from tierscope.instrumentation import configure
from tierscope.orchestrator import Agent, Join, Orchestrator, Pipeline, run_sync

def build(seed, faster=None, deadline=None, quorum=False, without=None):
    random = Random(seed)

    def leaf(name):
        work_s = random.uniform(0.1, 0.4) / (2 if name == faster else 1)
        async def work(task):
            await asyncio.sleep(work_s)
            return f"{name} is done"
        return Agent(name, work)

    def lead(name, team, **options):
        synthesis_s = random.uniform(0.02, 0.08)
        async def synthesize(task, joined):
            await asyncio.sleep(synthesis_s)
            return f"{name} has {len(joined.results)}"
        return Orchestrator(name, team, synthesize=synthesize, **options)

    domains = []
    for domain in ("macro", "sector", "company"):
        team = [leaf(f"{domain}-{number}") for number in range(random.randint(2, 4))]
        if random.random() < 0.5:
            team.append(lead(f"{domain}-desk", [leaf(f"{domain}-desk-{number}") for number in range(3)]))
        if random.random() < 0.5:
            team.append(Pipeline(f"{domain}-steps", [leaf(f"{domain}-first"), leaf(f"{domain}-second")]))
        wait = deadline[1] / 1000 if deadline and deadline[0] == domain else None
        made = lead(domain, team, deadline_s=wait)
        domains += team if domain == without else [made]
    return lead("root", domains, join=Join.first(2) if quorum else Join.best_effort())

processor = configure(sys.argv[1])
ids = {}
for _ in range(2):
    for label, options in json.loads(sys.argv[3]).items():
        ids.setdefault(label, []).append(run_sync(build(int(sys.argv[2]), **options), label).run_id)
assert processor.force_flush()
print(json.dumps(ids))
"""
TOLERANCE = 0.10
STARTUP_MS = 15.0
"""What the machine adds to any run: starting tasks and recording spans."""


def _run(store: Path, seed: int, variants: dict[str, object]) -> dict[str, list[str]]:
    """Run every variant twice, so that a moment in which the machine was busy elsewhere can be left aside."""
    command = [sys.executable, "-c", RUN_VARIANTS, str(store), str(seed), json.dumps(variants)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    ids: dict[str, list[str]] = json.loads(done.stdout)
    return ids


@pytest.mark.parametrize("seed", [1, 2])
def test_changed_run_takes_what_its_replay_predicted(tmp_path: Path, seed: int) -> None:
    path = tmp_path / "runs.duckdb"
    variants: dict[str, object] = {
        "as it is": {},
        "faster": {"faster": "company-0"},
        "deadline": {"deadline": ("company", 250)},
        "quorum": {"quorum": True},
        "without": {"without": "sector"},
    }
    ids = _run(path, seed, variants)
    store = Store(path)
    store.refresh()
    changes: dict[str, dict[str, object]] = {
        "as it is": {},
        "faster": {"faster": {"company-0": 2}},
        "deadline": {"deadline_ms": {"company": 250}},
        "quorum": {"quorum": {"root": 2}},
        "without": {"remove": ["sector"]},
    }
    for label, options in changes.items():
        predicted = compute("what_if", store, RunFilter(runs=tuple(ids["as it is"])), **options)["predicted_ms"].min()
        really = compute("what_if", store, RunFilter(runs=tuple(ids[label])))["observed_ms"].min()
        assert predicted == pytest.approx(really, rel=TOLERANCE, abs=STARTUP_MS), label
