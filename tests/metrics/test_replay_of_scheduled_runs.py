"""A replay predicts exactly what the changed run really takes, by a clock that only its schedule moves."""

import asyncio
from random import Random
from typing import Any, Final, NamedTuple

import pytest

from tests.virtual_time import run_virtually, virtual_time
from tierscope.instrumentation.exporter import span_from_sdk
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, compute
from tierscope.orchestrator import Agent, Join, Limits, Orchestrator, Pipeline, Task, run
from tierscope.orchestrator.messages import Joined

SEEDS: Final = range(25)


class Variant(NamedTuple):
    """One way to run the hierarchy, and the options of ``what_if`` that should predict it."""

    label: str
    changes: dict[str, Any]
    faster: str | None = None
    deadline_ms: float | None = None
    quorum: int = 0
    without: str | None = None
    slots: int | None = 3


VARIANTS: Final = (
    Variant("faster", {"faster": {"company-0": 2}}, faster="company-0"),
    Variant("deadline", {"deadline_ms": {"company": 250}}, deadline_ms=250),
    Variant("quorum", {"quorum": {"root": 2}}, quorum=2),
    Variant("without", {"remove": ["sector"]}, without="sector"),
    Variant("one slot", {"slots": 1}, slots=1),
    Variant("two slots", {"slots": 2}, slots=2),
    Variant("many slots", {"slots": 50}, slots=50),
    Variant("two at once", {"faster": {"company-0": 2}, "slots": 2}, faster="company-0", slots=2),
)


def _build(seed: int, variant: Variant) -> Orchestrator:
    """Three domains of leaves, some with a desk or a pipeline below, all with times of their own."""
    random = Random(seed)

    def leaf(name: str) -> Agent:
        work_s = random.uniform(0.1, 0.4) / (2 if name == variant.faster else 1)

        async def work(_task: Task) -> str:
            await asyncio.sleep(work_s)
            return f"{name} is done"

        return Agent(name, work)

    def lead(name: str, team: list[Any], **options: Any) -> Orchestrator:
        synthesis_s = random.uniform(0.02, 0.08)

        async def synthesize(_task: Task, joined: Joined) -> str:
            await asyncio.sleep(synthesis_s)
            return f"{name} has {len(joined.results)}"

        return Orchestrator(name, team, synthesize=synthesize, **options)

    domains: list[Any] = []
    for domain in ("macro", "sector", "company"):
        team: list[Any] = [leaf(f"{domain}-{number}") for number in range(random.randint(2, 4))]
        if random.random() < 0.5:
            team.append(lead(f"{domain}-desk", [leaf(f"{domain}-desk-{number}") for number in range(3)]))
        if random.random() < 0.5:
            team.append(Pipeline(f"{domain}-steps", [leaf(f"{domain}-first"), leaf(f"{domain}-second")]))
        wait_s = variant.deadline_ms / 1000 if variant.deadline_ms and domain == "company" else None
        made = lead(domain, team, deadline_s=wait_s)
        domains += team if domain == variant.without else [made]
    return lead("root", domains, join=Join.first(variant.quorum) if variant.quorum else Join.best_effort())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Every variant of every seed, and each seed with three slots and with as many as it likes, unchanged."""
    store = Store(tmp_path_factory.mktemp("replay") / "runs.duckdb")
    unchanged = (Variant("three slots", {}), Variant("no limit", {}, slots=None))
    with virtual_time() as (loop, exporter):
        for variant in (*unchanged, *VARIANTS):
            for seed in SEEDS:
                label, limits = f"{variant.label} {seed}", Limits(concurrency=variant.slots)
                run_virtually(loop, run(_build(seed, variant), "Is it a buy?", label=label, limits=limits))
        store.append([span_from_sdk(span) for span in exporter.get_finished_spans()])
    store.refresh()
    return store


def _times(store: Store, kind: str, column: str, **changes: Any) -> dict[int, float]:
    """Seed -> a figure of ``what_if``, over the runs of one kind."""
    labels = tuple(f"{kind} {seed}" for seed in SEEDS)
    frame = compute("what_if", store, RunFilter(runs=labels), **changes)
    return {int(label.rpartition(" ")[2]): figure for label, figure in frame.select("label", column).iter_rows()}


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.label)
def test_changed_run_takes_what_its_replay_predicted(store: Store, variant: Variant) -> None:
    predicted = _times(store, "three slots", "predicted_ms", **variant.changes)
    assert predicted == pytest.approx(_times(store, variant.label, "observed_ms"), rel=1e-6)


def test_fewer_slots_are_predicted_from_a_run_in_which_nobody_waited(store: Store) -> None:
    predicted = _times(store, "no limit", "predicted_ms", slots=2)
    assert predicted == pytest.approx(_times(store, "two slots", "observed_ms"), rel=1e-6)


def test_unchanged_replay_takes_the_recorded_time(store: Store) -> None:
    assert _times(store, "three slots", "predicted_ms") == _times(store, "three slots", "observed_ms")


def test_slots_are_seen_where_somebody_waited_for_one(store: Store) -> None:
    assert set(_times(store, "two slots", "slots_observed").values()) == {2}
    assert set(_times(store, "many slots", "slots_observed").values()) == {None}


def test_waiting_for_a_slot_is_told_apart_from_work(store: Store) -> None:
    labels = tuple(f"one slot {seed}" for seed in SEEDS)
    leaves = compute("tier_completion", store, RunFilter(runs=labels), by=("role",)).filter(role="leaf")
    queued, whole = leaves.select("queued_mean_ms", "mean_ms").row(0)
    assert 100 < whole - queued < 400
    assert queued > whole / 2
