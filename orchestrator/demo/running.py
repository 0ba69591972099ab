"""Run a scenario of the bundled hierarchy."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict, Unpack

from tierscope.orchestrator.budgets import Budget
from tierscope.orchestrator.demo.desk import Desk
from tierscope.orchestrator.demo.registry import Scenario, load_registry, load_scenario, pick_sources
from tierscope.orchestrator.demo.simulation import Simulation
from tierscope.orchestrator.demo.system import build_hierarchy, build_line
from tierscope.orchestrator.errors import RunFailedError
from tierscope.orchestrator.hierarchy import Hierarchy
from tierscope.orchestrator.limits import Limits
from tierscope.orchestrator.messages import StatusReport
from tierscope.orchestrator.reports import RunReport
from tierscope.orchestrator.running import run

DEFAULT_SCALE = 60.0


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a demo is."""

    done: int
    """Invocations that have ended."""
    total: int
    """Invocations that the plan has; a spawn storm goes beyond it."""
    path: str
    """The invocation that ended just now, such as ``research-director/macro/gdp-analyst``."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What a demo did."""

    scenario: Scenario
    protected: bool
    linear: bool
    sources: int
    report: RunReport
    scale: float
    """Seconds of the simulated world in one of ours."""
    simulated_share: float
    """Share of the makespan that was simulated waiting, 0 to 1."""

    @property
    def simulated_s(self) -> float:
        """The makespan in seconds of the simulated world; our own overhead is scaled up with it."""
        return self.report.duration_ms / 1000 * self.scale


class DemoOptions(TypedDict, total=False):
    """What ``run_demo`` takes beside the scenario."""

    protected: bool
    """With the guards of the orchestrator, as by default; without them the scenario shows its failure mode."""
    linear: bool
    """The same specialists one after another under one agent, without tiers."""
    sources: int
    """Data sources to read; by default the registry's 120."""
    scale: float
    """Seconds of the simulated world in one of ours."""
    on_progress: Callable[[Progress], None] | None
    """Told whenever an invocation has ended."""


def run_demo(scenario: str = "baseline", **options: Unpack[DemoOptions]) -> DemoResult:
    """Run the bundled investment research: real computations on bundled series, simulated waiting, scripted models.

    Spans go to whatever tracer provider is configured; call ``configure(store=...)`` before.

    Args:
        scenario: name in ``load_scenarios()``.
        options: see ``DemoOptions``.

    Raises:
        UnknownNameError: there is no such scenario.
        SettingsError: the scale is 0 or less, or the number of sources less than 1.
    """
    return asyncio.run(run_demo_async(scenario, **options))


async def run_demo_async(scenario: str = "baseline", **options: Unpack[DemoOptions]) -> DemoResult:
    """``run_demo`` inside a running event loop; several may run at once."""
    protected, linear = options.get("protected", True), options.get("linear", False)
    sources, scale = options.get("sources", 120), options.get("scale", DEFAULT_SCALE)
    chosen = load_scenario(scenario)
    registry, picked = load_registry(), pick_sources(sources)
    guard = chosen.protected if protected else chosen.unprotected
    simulation = Simulation(scale)
    desk = Desk(registry, chosen, guard, simulation)
    root = build_line(desk, picked) if linear else build_hierarchy(desk, picked)
    try:
        report = await run(
            root,
            registry.root.question.format(thesis=registry.thesis),
            limits=Limits(depth=guard.spawn_depth, agents=guard.agents, concurrency=1 if linear else None),
            budget=Budget(wall_s=None if guard.patience_s is None else guard.patience_s / scale),
            label=_label(scenario, protected=protected, linear=linear),
            task_type=registry.task_type,
            forward_critical=guard.escalate_critical,
            sources=desk.connect(picked),
            observer=_counter(sum(Hierarchy(root).breadth), options.get("on_progress")),
        )
    except RunFailedError as error:
        if error.report is None:
            raise
        report = error.report
    return DemoResult(chosen, protected, linear, sources, report, scale, simulation.simulated_share())


def _label(scenario: str, *, protected: bool, linear: bool) -> str:
    suffix = " linear" if linear else "" if protected else " unprotected"
    return f"{scenario}{suffix}"


def _counter(total: int, on_progress: Callable[[Progress], None] | None) -> Callable[[StatusReport], None]:
    done = 0

    def count(status: StatusReport) -> None:
        nonlocal done
        if status.status in ("complete", "failed"):
            done += 1
            if on_progress is not None:
                on_progress(Progress(done, total, status.path))

    return count
