"""The derived tables: what runs say, column by column, with times, paths and money worked out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any, TypeAlias

import orjson
import pyarrow as pa

from tierscope.instrumentation.costs import Cost, RunCosts, compute_costs
from tierscope.instrumentation.governance import Governance
from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Invocation, Run
from tierscope.instrumentation.timing import Timing, compute_timings

__all__ = ["make_tables"]

_Columns: TypeAlias = dict[str, list[Any]]

PATH_SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class _Measured:
    """A run and what was worked out about it."""

    run: Run
    began_ns: int | None
    """Start of its first span."""
    timings: Mapping[str, Timing]
    costs: RunCosts


def make_tables(
    runs: Iterable[Run], first_ns: Mapping[str, int], untimed: Collection[str], prices: PriceTable
) -> dict[str, pa.Table]:
    """Turn runs into rows of the store.

    Args:
        runs: as inferred.
        first_ns: trace id -> when its first span began; 0 where it is not known.
        untimed: ids of the invocations whose recorded times say nothing.
        prices: what model calls cost.

    Returns:
        Table name -> its rows, with the column names of the store; every table that is derived is there.
    """
    measured = [
        _Measured(
            run,
            min((first_ns[trace_id] for trace_id in run.trace_ids if first_ns[trace_id] > 0), default=None),
            compute_timings(run.invocations, untimed),
            compute_costs(run, prices),
        )
        for run in runs
    ]
    tables = {
        "runs": _runs(measured),
        "invocations": _invocations(measured),
        "model_calls": _model_calls(measured),
        "signals": _signals(measured),
        **{name: _copy(measured, name) for name in ("handoffs", "gaps", "refusals", "critical_checks")},
        **{field.name: _copy(measured, f"governance.{field.name}") for field in fields(Governance)},
    }
    return {name: pa.table(columns) for name, columns in tables.items()}


def _copy(measured: Iterable[_Measured], member: str) -> _Columns:
    """The fields of the records that the runs hold under a (dotted) name, and the run of each."""
    held_by = attrgetter(member)
    run_ids: list[str] = []
    records: list[Any] = []
    for one in measured:
        held: Sequence[Any] = held_by(one.run)
        run_ids += [one.run.id] * len(held)
        records += held
    if not records:
        return {}
    names = [field.name for field in fields(records[0])]
    return {"run_id": run_ids, **{name: [getattr(record, name) for record in records] for name in names}}


def _runs(measured: Sequence[_Measured]) -> _Columns:
    rows = [_run_row(one) for one in measured]
    return {name: [row[name] for row in rows] for name in rows[0]} if rows else {}


def _run_row(measured: _Measured) -> dict[str, Any]:
    run, cost = measured.run, measured.costs.run
    root = next((one for one in run.invocations if one.id == run.root_id), None)
    timing = Timing() if root is None else measured.timings[root.id]
    tiers = [one.tier for one in run.invocations if one.tier is not None]
    notes = [*run.notes, *([f"cost is not whole: {cost.note}"] if cost.note else [])]
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
        "started_ns": measured.began_ns if timing.started_ns is None else timing.started_ns,
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
        "cost_usd": cost.usd,
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


def _invocations(measured: Sequence[_Measured]) -> _Columns:
    columns = _copy(measured, "invocations")
    if not columns:
        return {}
    timings: list[Timing] = []
    costs: list[Cost] = []
    for one in measured:
        timings += (one.timings[invocation.id] for invocation in one.run.invocations)
        costs += (one.costs.invocations[invocation.id] for invocation in one.run.invocations)
    return {
        "invocation_id": columns.pop("id"),
        **columns,
        "position": [position for one in measured for position in range(len(one.run.invocations))],
        "path": [path for one in measured for path in _paths(one.run.invocations)],
        "evidence": [orjson.dumps(evidence).decode() for evidence in columns["evidence"]],
        "started_ns": [timing.started_ns for timing in timings],
        "ended_ns": [timing.ended_ns for timing in timings],
        "duration_ms": [timing.duration_ms for timing in timings],
        "self_ms": [timing.self_ms for timing in timings],
        "cost_usd": [cost.usd for cost in costs],
        "cost_note": [cost.note for cost in costs],
    }


def _paths(invocations: Iterable[Invocation]) -> list[str]:
    """Names from the root down; invocations come parents before children."""
    paths: dict[str, str] = {}
    for one in invocations:
        above = paths.get(one.parent_id or "")
        paths[one.id] = one.agent if above is None else f"{above}{PATH_SEPARATOR}{one.agent}"
    return list(paths.values())


def _model_calls(measured: Sequence[_Measured]) -> _Columns:
    columns = _copy(measured, "model_calls")
    if not columns:
        return {}
    costs = [one.costs.calls[call.id].usd for one in measured for call in one.run.model_calls]
    return {"call_id": columns.pop("id"), **columns, "cost_usd": costs}


def _signals(measured: Sequence[_Measured]) -> _Columns:
    columns = _copy(measured, "signals")
    if not columns:
        return {}
    numbers = [number for one in measured for number in range(len(one.run.signals))]
    ids = [f"{owner}:{number}" for owner, number in zip(columns["invocation_id"], numbers, strict=True)]
    values = [None if value is None else str(value) for value in columns["value"]]
    return {"signal_id": ids, **columns, "value": values}
