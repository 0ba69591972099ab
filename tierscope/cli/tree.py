"""``tierscope tree``: who called whom, on which tier, and why we think so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from tierscope.cli._options import JsonOption, StoreOption, find_store, open_store
from tierscope.cli._output import console, print_json, safe
from tierscope.errors import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.tree import Tree as RichTree

    from tierscope.instrumentation.costs import Cost
    from tierscope.instrumentation.runs import Invocation, Run
    from tierscope.instrumentation.settings import Settings
    from tierscope.instrumentation.spans import Span
    from tierscope.instrumentation.timing import Timing
    from tierscope.metrics.losses import Loss

app = typer.Typer(add_completion=False)

_SHOWN_AGENTS = 500
_SHOWN_LOSSES = 20
_SHOWN_OUTPUT = 100
_SHOWN_NAME = 80
_INDENT = 4
_LABEL_WIDTH = 40
"""Columns left to an agent's line however deep it stands: deeper ones stand below each other, each with its tier."""
_SURE = 0.7
"""Confidence below this is shown: the engine itself calls such a fact a guess."""


@dataclass(frozen=True, slots=True)
class _Tree:
    """A run with what is worked out from it."""

    run: Run
    timings: Mapping[str, Timing]
    costs: Mapping[str, Cost]
    losses: Sequence[Loss]


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
    trees = _load(source, store)
    if as_json:
        print_json([_as_json(one, explain=explain) for one in trees])
        return
    if not trees:
        console.print(Text("there are no spans in it", style="yellow"))
    for one in trees:
        console.print(_render(one, explain=explain))
        _print_losses(one.losses)


def _load(source: str | None, store: Path | None) -> list[_Tree]:
    from tierscope.instrumentation.settings import load_settings

    settings = load_settings().settings
    if source is not None and (Path(source).exists() or not find_store(store).exists):
        from tierscope.instrumentation.importers import load_path

        return _infer(load_path(Path(source)), settings)
    from tierscope.metrics import RunFilter, load_frames, select_runs

    opened = open_store(store)
    try:
        run_ids = select_runs(opened, RunFilter(runs=(source,)) if source else RunFilter(last=1))
    except UnknownNameError as error:
        raise UnknownNameError(
            f"'{source}' is neither a file nor a run in {opened.path}; `tierscope runs` lists them."
        ) from error
    traces = load_frames(opened, ["run_traces"], run_ids)["run_traces"]["trace_id"].to_list()
    return [one for one in _infer(opened.load_spans(traces), settings) if one.run.id in run_ids]


def _infer(spans: list[Span], settings: Settings) -> list[_Tree]:
    from tierscope.instrumentation.costs import compute_costs
    from tierscope.instrumentation.prices import load_prices
    from tierscope.instrumentation.semconv import TIERSCOPE_UNTIMED
    from tierscope.instrumentation.tiers import infer_runs
    from tierscope.instrumentation.timing import compute_timings
    from tierscope.metrics.losses import compute_losses

    untimed = {span.key for span in spans if span.attributes.get(TIERSCOPE_UNTIMED)}
    prices = load_prices(settings.prices)
    return [
        _Tree(
            run,
            compute_timings(run.invocations, untimed),
            compute_costs(run, prices).invocations,
            compute_losses(run),
        )
        for run in infer_runs(spans, settings.tiers)
    ]


def _as_json(tree: _Tree, *, explain: bool) -> dict[str, Any]:
    """The contract of ``--json``; other programs rely on its keys."""
    run = tree.run
    names = {invocation.id: invocation.agent for invocation in run.invocations}
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
                "cost_usd": tree.costs[one.id].usd,
                "cost_note": _cost_note(tree.costs[one.id]),
                "output": one.output,
                "started_at": _iso(tree.timings[one.id].started_ns),
                "duration_ms": tree.timings[one.id].duration_ms,
                "tier_source": one.tier_source,
                "tier_confidence": one.tier_confidence,
                **({"evidence": list(one.evidence)} if explain else {}),
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
                "calls": loss.calls,
            }
            for loss in tree.losses
        ],
        "notes": list(run.notes),
    }


def _cost_note(cost: Cost) -> str | None:
    """Why there is no cost."""
    return cost.note or ("no model call was recorded" if cost.usd is None else None)


def _iso(time_ns: int | None) -> str | None:
    return None if time_ns is None else datetime.fromtimestamp(time_ns / 1e9, tz=UTC).isoformat()


def _render(tree: _Tree, *, explain: bool) -> RichTree:
    from rich.tree import Tree as RichTree

    run = tree.run
    shown = run.invocations[:_SHOWN_AGENTS]
    heading = Text.assemble(("run ", "dim"), safe(run.label or run.id[:12]))
    heading.append(f"  {len(run.invocations)} agents, {run.span_count} spans", style="dim")
    if run.recorder:
        heading.append(f", read as {run.recorder}", style="dim")
    if len(shown) < len(run.invocations):
        heading.append(f"; showing {len(shown)} of {len(run.invocations)} agents (--json has all)", style="yellow")
    top = RichTree(heading, guide_style="dim")
    branches: dict[str | None, RichTree] = {None: top}
    depths: dict[str | None, int] = {None: 0}
    names = {one.id: one.agent for one in shown}
    deepest = max((console.width - _LABEL_WIDTH) // _INDENT, 1)
    for one in shown:
        depth = depths[one.id] = depths.get(one.parent_id, 0) + 1
        under = names[one.parent_id or ""] if depth > deepest else None
        label = _label(one, tree.timings[one.id].duration_ms, explain=explain, under=under)
        above = branches.get(one.parent_id, top)
        branch = above.add(label)
        branches[one.id] = branch if depth < deepest else above
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


def _label(one: Invocation, duration_ms: float | None, *, explain: bool, under: str | None) -> Text:
    tier = "orphan" if one.tier is None else f"tier {one.tier}"
    label = Text.assemble((f"{tier} ", "dim"), (safe(one.agent).plain, "bold"), no_wrap=True, overflow="ellipsis")
    if under is not None:
        label.append(f"  under {safe(under).plain}", style="dim")
    if explain:
        label.append(f"  {one.tier_confidence:.0%} by {one.tier_source}", style="yellow")
    if one.status != "ok":
        label.append(f"  {one.status}", style="red" if one.status in {"error", "timeout"} else "yellow")
    if duration_ms is not None:
        from tierscope.metrics.format import format_value

        label.append(f"  {format_value(duration_ms, 'ms')}", style="cyan")
    if one.input_tokens is not None or one.output_tokens is not None:
        label.append(f"  {one.input_tokens or 0:,} in / {one.output_tokens or 0:,} out", style="green")
    if not explain and one.tier_confidence < _SURE:
        label.append(f"  confidence {one.tier_confidence:.0%}", style="yellow")
    if one.output:
        label.append("  ").append(safe(one.output, _SHOWN_OUTPUT).plain, style="italic dim")
    return label


def _print_losses(losses: Sequence[Loss]) -> None:
    for loss in sorted(losses, key=lambda loss: not loss.critical)[:_SHOWN_LOSSES]:
        kind = "critical signal" if loss.critical else "signal"
        line = Text(f"lost at {safe(loss.lost_at, _SHOWN_NAME)}: ", style="red")
        line.append(f"{kind} of {safe(loss.from_agent, _SHOWN_NAME)}: ", style="bold").append(safe(loss.text, 200))
        if loss.calls > 1:
            line.append(f"  in {loss.calls:,} calls", style="dim")
        console.print(line)
    if len(losses) > _SHOWN_LOSSES:
        told = f"showing {_SHOWN_LOSSES} of {len(losses):,} losses, critical signals first (--json has all)"
        console.print(Text(told, style="yellow"))
