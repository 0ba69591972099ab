"""Rows of the derived tables: what a run's spans say, with times, paths and money worked out."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from typing import Any, Final, TypeAlias

import orjson

from tierscope.instrumentation.costs import RunCosts, compute_costs
from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Invocation, Run
from tierscope.instrumentation.timing import Timing, compute_timings

__all__ = ["DERIVED_TABLES", "Rows", "make_rows"]

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = dict[str, list[Row]]
"""Table -> its rows; a row is column -> value."""

DERIVED_TABLES: Final = (
    "runs",
    "invocations",
    "model_calls",
    "signals",
    "handoffs",
    "gaps",
    "refusals",
    "critical_checks",
)
"""Tables that are rebuilt whenever spans of a run arrive; each has a column run_id."""

PATH_SEPARATOR: Final = " / "


def make_rows(runs: Iterable[Run], first_ns: Mapping[str, int], untimed: Collection[str], prices: PriceTable) -> Rows:
    """Turn runs into rows.

    Args:
        runs: as inferred.
        first_ns: trace id -> when its first span began; 0 where it is not known.
        untimed: ids of the invocations whose recorded times say nothing.
        prices: what model calls cost.

    Returns:
        The rows of every table in ``DERIVED_TABLES``.
    """
    rows: Rows = {table: [] for table in DERIVED_TABLES}
    for run in runs:
        timings = compute_timings(run.invocations, untimed)
        costs = compute_costs(run, prices)
        began_ns = min((first_ns[trace_id] for trace_id in run.trace_ids if first_ns[trace_id] > 0), default=None)
        rows["runs"].append(_run_row(run, timings, costs, began_ns))
        rows["invocations"] += _invocation_rows(run, timings, costs)
        for call in run.model_calls:
            row = asdict(call)
            rows["model_calls"].append(
                {"run_id": run.id, "call_id": row.pop("id"), **row, "cost_usd": costs.calls[call.id].usd}
            )
        for number, signal in enumerate(run.signals):
            value = None if signal.value is None else str(signal.value)
            signal_id = f"{signal.invocation_id}:{number}"
            rows["signals"].append({"run_id": run.id, "signal_id": signal_id, **asdict(signal), "value": value})
        rows["handoffs"] += ({"run_id": run.id, **asdict(one)} for one in run.handoffs)
        rows["gaps"] += ({"run_id": run.id, **asdict(one)} for one in run.gaps)
        rows["refusals"] += ({"run_id": run.id, **asdict(one)} for one in run.refusals)
        rows["critical_checks"] += ({"run_id": run.id, **asdict(one)} for one in run.critical_checks)
    return rows


def _run_row(run: Run, timings: Mapping[str, Timing], costs: RunCosts, began_ns: int | None) -> Row:
    root = next((one for one in run.invocations if one.id == run.root_id), None)
    timing = Timing() if root is None else timings[root.id]
    tiers = [one.tier for one in run.invocations if one.tier is not None]
    notes = [*run.notes, *([f"cost is not whole: {costs.run.note}"] if costs.run.note else [])]
    return {
        "run_id": run.id,
        "label": run.label,
        "root_id": run.root_id,
        "root_agent": root.agent if root else None,
        "project": run.project,
        "version": run.version,
        "task_type": run.task_type,
        "recorder": run.recorder,
        "imported_from": run.imported_from,
        "status": root.status if root else _worst_status(run.invocations),
        "started_ns": began_ns if timing.started_ns is None else timing.started_ns,
        "ended_ns": timing.ended_ns,
        "duration_ms": timing.duration_ms,
        "agents": len(run.invocations),
        "orphan_agents": len(run.invocations) - len(tiers),
        "max_depth": max(tiers, default=None),
        "spawn_limit": run.spawn_limit,
        "spans": run.span_count,
        "orphan_spans": run.orphan_span_count,
        "traces": len(run.trace_ids),
        "input_tokens": _sum_tokens(run, "input_tokens"),
        "output_tokens": _sum_tokens(run, "output_tokens"),
        "cost_usd": costs.run.usd,
        "simulated_share": run.simulated_share,
        "notes": orjson.dumps(notes).decode(),
    }


def _worst_status(invocations: Iterable[Invocation]) -> str:
    statuses = {one.status for one in invocations}
    for status in ("running", "error", "timeout", "abandoned", "cancelled"):
        if status in statuses:
            return status
    return "ok"


def _sum_tokens(run: Run, field: str) -> int | None:
    """Tokens of all invocations and of the model calls that belong to none; None where none were recorded."""
    loose = (call for call in run.model_calls if call.invocation_id is None)
    counts = [getattr(one, field) for one in (*run.invocations, *loose)]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _invocation_rows(run: Run, timings: Mapping[str, Timing], costs: RunCosts) -> list[Row]:
    rows: list[Row] = []
    paths: dict[str, str] = {}
    for position, one in enumerate(run.invocations):
        above = paths.get(one.parent_id or "")
        paths[one.id] = one.agent if above is None else f"{above}{PATH_SEPARATOR}{one.agent}"
        row = asdict(one)
        cost = costs.invocations[one.id]
        rows.append(
            {
                "run_id": run.id,
                "invocation_id": row.pop("id"),
                "position": position,
                "path": paths[one.id],
                **row,
                **asdict(timings[one.id]),
                "cost_usd": cost.usd,
                "cost_note": cost.note,
                "evidence": orjson.dumps(one.evidence).decode(),
            }
        )
    return rows
