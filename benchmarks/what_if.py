"""What replays predict beside what really happens, by the real clock: ``python benchmarks/what_if.py [SEEDS]``.

Random hierarchies with contention are run by the orchestrator, as they are and with each change; sleeping stands for
work. The tests hold the same predictions to be exact by a virtual clock; here the machine adds what it adds.
"""

import asyncio
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from tierscope.instrumentation import configure
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute
from tierscope.orchestrator import Agent, Join, Limits, Orchestrator, Task, run
from tierscope.orchestrator.messages import Joined

SLOTS = 3
VARIANTS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "agent twice as fast": ({"faster": "company-0"}, {"faster": {"company-0": 2}}),
    "deadline of 250 ms": ({"deadline_s": 0.25}, {"deadline_ms": {"company": 250}}),
    "quorum of 2": ({"quorum": 2}, {"quorum": {"root": 2}}),
    "layer removed": ({"without": "sector"}, {"remove": ["sector"]}),
    "1 slot for 3": ({"slots": 1}, {"slots": 1}),
    "2 slots for 3": ({"slots": 2}, {"slots": 2}),
    "50 slots for 3": ({"slots": 50}, {"slots": 50}),
}
"""Change -> how to build and run it, and the options of ``what_if`` that predict it."""


def build(
    seed: int,
    *,
    faster: str | None = None,
    deadline_s: float | None = None,
    quorum: int = 0,
    without: str | None = None,
) -> Orchestrator:
    """Three domains of two to four leaves."""
    random = Random(seed)

    def leaf(name: str) -> Agent:
        work_s = random.uniform(0.1, 0.4) / (2 if name == faster else 1)

        async def work(_task: Task) -> str:
            await asyncio.sleep(work_s)
            return f"{name} is done"

        return Agent(name, work)

    def lead(name: str, team: list[Any], **options: Any) -> Orchestrator:  # noqa: ANN401 - an orchestrator's own
        synthesis_s = random.uniform(0.02, 0.08)

        async def synthesize(_task: Task, joined: Joined) -> str:
            await asyncio.sleep(synthesis_s)
            return f"{name} has {len(joined.results)}"

        return Orchestrator(name, team, synthesize=synthesize, **options)

    domains: list[Any] = []
    for domain in ("macro", "sector", "company"):
        team = [leaf(f"{domain}-{number}") for number in range(random.randint(2, 4))]
        made = lead(domain, list(team), deadline_s=deadline_s if domain == "company" else None)
        domains += team if domain == without else [made]
    return lead("root", domains, join=Join.first(quorum) if quorum else Join.best_effort())


async def run_one(seed: int, label: str, slots: int = SLOTS, **options: Any) -> None:  # noqa: ANN401 - of ``build``
    """Run one hierarchy under a label."""
    await run(build(seed, **options), "Is it a buy?", label=f"{label} {seed}", limits=Limits(concurrency=slots))


def times_ms(store: Store, labels: list[str], column: str, **changes: Any) -> list[float]:  # noqa: ANN401 - its options
    """A figure of ``what_if``, in the order of the labels."""
    frame = compute("what_if", store, RunFilter(runs=tuple(labels)), **changes)
    found = dict(frame.select("label", column).iter_rows())
    return [found[label] for label in labels]


def main(seeds: int) -> None:
    """Print, for each change, how far prediction and reality lie apart."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.duckdb"
        processor = configure(str(path))
        for seed in range(seeds):
            asyncio.run(run_one(seed, "as it is"))
            for label, (options, _) in VARIANTS.items():
                asyncio.run(run_one(seed, label, **options))
        if processor is not None:
            processor.shutdown()
        store = Store(path)
        store.refresh()
        print(f"{'change':<24}{'n':>4}{'within 10 %':>14}{'median off by':>16}{'at most':>10}")
        for label, (_, changes) in VARIANTS.items():
            predicted = times_ms(store, [f"as it is {seed}" for seed in range(seeds)], "predicted_ms", **changes)
            really = times_ms(store, [f"{label} {seed}" for seed in range(seeds)], "observed_ms")
            off = [abs(guess / real - 1) for guess, real in zip(predicted, really, strict=True)]
            near = sum(share <= 0.10 for share in off)
            print(f"{label:<24}{seeds:>4}{near:>14}{median(off):>16.1%}{max(off):>10.1%}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
