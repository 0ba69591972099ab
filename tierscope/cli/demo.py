"""``tierscope demo``: the bundled hierarchy, recorded, measured, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tierscope.cli._options import StoreOption, store_path
from tierscope.cli._output import console, print_table, progress_bar, safe

if TYPE_CHECKING:
    from pathlib import Path

    from tierscope.orchestrator.demo import DemoResult

app = typer.Typer(add_completion=False)

_SUMMARY = ("tier_completion", "spawn_depth", "alerts")
"""What the terminal says about a demo; `tierscope metrics` has the rest."""


@app.command(epilog="Example:  tierscope demo compression --unprotected --no-serve")
def demo(
    scenario: Annotated[str, typer.Argument(help="What happens to the hierarchy; --list names all.")] = "baseline",
    store: StoreOption = None,
    unprotected: Annotated[
        bool, typer.Option("--unprotected", help="Without the guards, so that the failure mode shows.")
    ] = False,
    linear: Annotated[bool, typer.Option("--linear", help="The same work one after another, without tiers.")] = False,
    serving: Annotated[bool, typer.Option("--serve/--no-serve", help="Open the dashboard afterwards.")] = True,
    port: Annotated[int | None, typer.Option("--port", min=0, max=65535, help="Port of the dashboard.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the scenarios and stop.")] = False,
) -> None:
    """Run the bundled research hierarchy, measure it, and open the dashboard on it."""
    if listing:
        _print_scenarios()
        return
    from tierscope.instrumentation.settings import load_settings

    path = store_path(store)
    result = _record(scenario, path, protected=not unprotected, linear=linear)
    _summarise(result, path)
    if serving:
        from tierscope.dashboard import serve
        from tierscope.instrumentation.receiver import Exposure

        settings = load_settings().settings
        exposure = Exposure(requires_tokens=settings.require_tokens)
        serve(path, settings.dashboard_port if port is None else port, exposure)


def _print_scenarios() -> None:
    from tierscope.orchestrator.demo import load_scenarios

    print_table(["scenario", "what happens"], [[one.name, one.summary] for one in load_scenarios().values()])


def _record(scenario: str, path: Path, *, protected: bool, linear: bool) -> DemoResult:
    from tierscope.instrumentation import configure
    from tierscope.orchestrator.demo import run_demo

    processor = configure(path, project="demo")
    with progress_bar(f"Running {scenario}") as progress:
        result = run_demo(
            scenario,
            protected=protected,
            linear=linear,
            on_progress=lambda one: progress(one.done, max(one.done, one.total)),
        )
    if processor is not None:
        processor.force_flush()
    return result


def _summarise(result: DemoResult, path: Path) -> None:
    from tierscope.cli._frames import print_frames
    from tierscope.instrumentation.store import Store
    from tierscope.metrics import RunFilter, compute, find_metric
    from tierscope.metrics.format import format_value

    store = Store(path)
    store.refresh()
    report = result.report
    console.print(safe(report.text))
    console.print(
        f"\n{result.sources} sources in {format_value(result.simulated_s * 1000, 'ms')} of simulated time "
        f"({format_value(report.duration_ms, 'ms')} here, scaled down {result.scale:g}-fold; "
        f"{format_value(result.simulated_share, 'share')} of it simulated waiting)\n"
    )
    newest = RunFilter(last=1)
    print_frames((find_metric(name), compute(name, store, newest)) for name in _SUMMARY)
    print(f"Recorded in {path}. Next:  tierscope tree   tierscope metrics   tierscope serve")
