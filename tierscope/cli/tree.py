"""``tierscope tree``: who called whom, on which tier, and why we think so."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from tierscope.cli._options import JsonOption, StoreOption, open_store, store_path
from tierscope.cli._output import console, print_json, safe

if TYPE_CHECKING:
    from rich.tree import Tree

    from tierscope.instrumentation.runs import Invocation, Run

app = typer.Typer()

_SHOWN_AGENTS = 500
_SHOWN_OUTPUT = 100


@app.command(epilog="Example:  tierscope tree recording.otlp.json --explain")
def tree(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[PATH|RUN]",
            help="A trace file or report folder, which needs no store; or a stored run. Default: the newest run.",
        ),
    ] = None,
    store: StoreOption = None,
    as_json: JsonOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Say how each agent got its tier and parent.")] = False,
) -> None:
    """Show the agent tree of a file or of a stored run."""
    runs = _load(source, store)
    if as_json:
        print_json([_as_json(run) for run in runs])
        return
    for run in runs:
        console.print(_render(run, explain=explain))
        _print_losses(run)


def _load(source: str | None, store: Path | None) -> list[Run]:
    if source is not None and (Path(source).exists() or not store_path(store).exists()):
        from tierscope.instrumentation.importers import load_path
        from tierscope.instrumentation.settings import load_settings
        from tierscope.instrumentation.tiers import infer_runs

        return infer_runs(load_path(Path(source)), load_settings().settings.tiers)
    from tierscope.metrics import RunFilter, select_runs

    opened = open_store(store)
    chosen = RunFilter(runs=(source,)) if source else RunFilter(last=1)
    return [opened.load_run(run_id) for run_id in select_runs(opened, chosen)]


def _as_json(run: Run) -> dict[str, Any]:
    """The contract of ``--json``; other programs rely on its keys."""
    from tierscope.instrumentation.prices import load_prices, price_invocations
    from tierscope.metrics.losses import compute_losses

    names = {invocation.id: invocation.agent for invocation in run.invocations}
    costs = price_invocations(run, load_prices())
    return {
        "run_id": run.id,
        "root": names.get(run.root_id or ""),
        "agents": [
            {
                "id": one.id,
                "parent_id": one.parent_id,
                "parent": names.get(one.parent_id or ""),
                "name": one.agent,
                "tier": one.tier,
                "role": one.role,
                "domain": one.domain,
                "status": one.status,
                "input_tokens": one.input_tokens,
                "output_tokens": one.output_tokens,
                "cost_usd": costs.get(one.id),
                "output": one.output,
                "started_at": _iso(one.started_ns),
                "duration_ms": _duration_ms(one),
                "tier_source": one.tier_source,
                "tier_confidence": one.tier_confidence,
            }
            for one in run.invocations
        ],
        "orphans": sum(one.tier is None for one in run.invocations),
        "max_depth": max((one.tier for one in run.invocations if one.tier is not None), default=None),
        "losses": [
            {
                "text": loss.text,
                "critical": loss.critical,
                "from_agent": loss.from_agent,
                "reached": list(loss.reached),
                "lost_at": loss.lost_at,
            }
            for loss in compute_losses(run)
        ],
    }


def _iso(time_ns: int | None) -> str | None:
    return None if time_ns is None else datetime.fromtimestamp(time_ns / 1e9, tz=UTC).isoformat()


def _duration_ms(one: Invocation) -> float | None:
    if one.started_ns is None or one.ended_ns is None:
        return None
    return (one.ended_ns - one.started_ns) / 1e6


def _render(run: Run, *, explain: bool) -> Tree:
    from rich.tree import Tree

    shown = run.invocations[:_SHOWN_AGENTS]
    heading = Text.assemble(("run ", "dim"), safe(run.label or run.id[:12]))
    heading.append(f"  {len(run.invocations)} agents, {run.span_count} spans", style="dim")
    if run.recorder:
        heading.append(f", read as {run.recorder}", style="dim")
    if len(shown) < len(run.invocations):
        heading.append(f"; showing {len(shown)} of {len(run.invocations)} agents (--json has all)", style="yellow")
    top = Tree(heading, guide_style="dim")
    branches = {None: top}
    for one in shown:
        branch = branches.get(one.parent_id, top).add(_label(one))
        branches[one.id] = branch
        if explain:
            for sentence in one.evidence:
                branch.add(safe(sentence))
    for note in run.notes:
        top.add(Text("note: ", style="yellow").append(safe(note)))
    if run.orphan_span_count:
        top.add(Text(f"note: {run.orphan_span_count} spans whose parent never came", style="yellow"))
    if not run.invocations:
        top.add(Text("no agents were recognised; docs/conventions.md says how to name yours", style="yellow"))
    return top


def _label(one: Invocation) -> Text:
    tier = "orphan" if one.tier is None else f"tier {one.tier}"
    label = Text.assemble((f"{tier} ", "dim"), (safe(one.agent).plain, "bold"), no_wrap=True, overflow="ellipsis")
    if one.status != "ok":
        label.append(f"  {one.status}", style="red" if one.status in {"error", "timeout"} else "yellow")
    duration = _duration_ms(one)
    if duration is not None:
        from tierscope.metrics.format import format_value

        label.append(f"  {format_value(duration, 'ms')}", style="cyan")
    if one.input_tokens is not None or one.output_tokens is not None:
        label.append(f"  {one.input_tokens or 0:,} in / {one.output_tokens or 0:,} out", style="green")
    if one.tier_confidence < 0.7:
        label.append(f"  confidence {one.tier_confidence:.0%}", style="yellow")
    if one.output:
        label.append("  ").append(safe(one.output, _SHOWN_OUTPUT).plain, style="italic dim")
    return label


def _print_losses(run: Run) -> None:
    from tierscope.metrics.losses import compute_losses

    for loss in compute_losses(run):
        if loss.lost_at is None:
            continue
        kind = "critical signal" if loss.critical else "signal"
        line = Text(f"lost at {loss.lost_at}: ", style="red")
        line.append(f"{kind} of {loss.from_agent}: ", style="bold").append(safe(loss.text, 200))
        console.print(line)
