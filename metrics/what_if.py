"""What a run would have taken and cost, had it been run differently."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

import polars as pl

from tierscope.errors import InputError
from tierscope.metrics.metric import Metric
from tierscope.metrics.replay import Changes, replay
from tierscope.metrics.replay_model import Recorded, build_schedule
from tierscope.metrics.schema import Schema, fit_schema, frame_of

__all__ = ["WHAT_IF", "compute_what_if"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "n": pl.Int64,
    "left_out": pl.Int64,
    "observed_ms": pl.Float64,
    "predicted_ms": pl.Float64,
    "change_ms": pl.Float64,
    "change_share": pl.Float64,
    "slots_observed": pl.Int64,
    "observed_gaps": pl.Int64,
    "predicted_gaps": pl.Int64,
    "cancelled": pl.Int64,
    "observed_cost_usd": pl.Float64,
    "predicted_cost_usd": pl.Float64,
}

_READ: Final = (
    "run_id", "label", "tier", "started_ns", "ended_ns", "invocation_id", "parent_id", "agent", "domain", "cost_usd",
    "queued_ms",
)  # fmt: skip


def compute_what_if(
    invocations: pl.DataFrame,
    gaps: pl.DataFrame,
    faster: Mapping[str, float] | None = None,
    deadline_ms: Mapping[str, float] | None = None,
    quorum: Mapping[str, int] | None = None,
    remove: Sequence[str] = (),
    slots: int | None = None,
) -> pl.DataFrame:
    """Replay recorded runs with changes.

    Args:
        invocations: frame of ``queries/invocations.sql``.
        gaps: frame of ``queries/gaps.sql``.
        faster: agent, or the domain that it leads -> how many times as fast its own work becomes.
        deadline_ms: the same -> after how long its parent goes on without it.
        quorum: the same -> for how many of its members it waits.
        remove: agents to leave out; their members then work for their parent.
        slots: how many leaves may run at once.

    Returns:
        One row per run whose root has times. ``n`` agents replayed, ``left_out`` those without times or parent.
        ``predicted_ms`` is the makespan after the changes; without any it is ``observed_ms`` exactly.
        ``slots_observed`` is how many leaves ran at once where some waited for their turn, else null. Gaps are the
        recorded failure tokens, and those that new deadlines add; ``cancelled`` counts agents that were stopped.
        A stopped leaf costs its share of the recorded cost; what a faster or a missing agent would have written is
        not predicted.

    Raises:
        InputError: an agent was named that takes part in none of the runs, or a value is not above 0.
    """
    changes = Changes(faster or {}, deadline_ms or {}, quorum or {}, remove, slots)
    _check(changes, {*invocations["agent"], *invocations["domain"].drop_nulls()})
    gap_counts = dict(gaps.group_by("run_id").len().iter_rows())
    rows: list[tuple[object, ...]] = []
    for run_id, of_run in groupby(invocations.select(_READ).iter_rows(), key=itemgetter(0)):
        recorded = list(of_run)
        row = _replay_run([one[2:] for one in recorded], gap_counts.get(run_id, 0), changes)
        if row is not None:
            rows.append((run_id, recorded[0][1], *row))
    return fit_schema(frame_of(rows, _SCHEMA), _SCHEMA)


def _replay_run(rows: Sequence[Sequence[Any]], gaps: int, changes: Changes) -> tuple[object, ...] | None:
    """Figures of one run, from the columns of ``_READ`` after the run's own; None where it cannot be replayed."""
    timed = [row for row in rows if all(value is not None for value in (row[0], row[1], row[2]))]
    if not timed or timed[0][0] != 0:
        return None
    schedule = build_schedule([Recorded(*row[3:7], *row[1:3], *row[7:]) for row in timed])
    if schedule is None:
        return None
    after = replay(schedule, changes)
    costs = [one.cost_usd for one in schedule.activities.values() if one.cost_usd is not None]
    observed_ms, predicted_ms = schedule.makespan_ns / 1e6, after.makespan_ns / 1e6
    return (
        *(len(schedule.activities), len(rows) - len(schedule.activities)),
        *(observed_ms, predicted_ms, predicted_ms - observed_ms),
        (predicted_ms - observed_ms) / observed_ms if observed_ms else None,
        *(schedule.slots, gaps, gaps + len(after.timed_out), len(after.cancelled)),
        *(sum(costs) if costs else None, after.cost_usd),
    )


def _check(changes: Changes, names: set[str]) -> None:
    for name in (*changes.faster, *changes.deadline_ms, *changes.quorum, *changes.remove):
        if names and name not in names:
            known = ", ".join(sorted(names)[:10])
            raise InputError(f"No agent '{name}' takes part in these runs; there are: {known}.")
    for values in (changes.faster, changes.deadline_ms, changes.quorum):
        for name, value in values.items():
            if value <= 0:
                raise InputError(f"What-if value {value:g} for agent '{name}' must be above 0.")
    if changes.slots is not None and changes.slots < 1:
        raise InputError(f"What-if slots must be at least 1, not {changes.slots}.")


WHAT_IF: Final = Metric(
    name="what_if",
    title="What if",
    summary="What would these runs have taken, had an agent been faster, a deadline set or a layer left out?",
    function=compute_what_if,
    queries=("invocations", "gaps"),
    needs=("root", "place", "ended", "times", "order_in_time"),
    reads={"invocations": _READ},
    grain=("run_id",),
    value="predicted_ms",
    unit="ms",
    direction="lower",
    schema=_SCHEMA,
    options={
        "faster": "agent -> how many times as fast its own work becomes",
        "deadline_ms": "agent -> after how long its parent goes on without it",
        "quorum": "agent -> for how many of its members it waits",
        "remove": "agents to leave out",
        "slots": "how many leaves may run at once",
    },
    labels=("label",),
    shown=("label", "n", "observed_ms", "predicted_ms", "change_share", "predicted_gaps", "predicted_cost_usd"),
)
