"""Deriving runs: from the spans of stale traces to the rows of the derived tables."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import duckdb
import pyarrow as pa

from tierscope.instrumentation.ahead import one_ahead
from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.database import Database, load_query
from tierscope.instrumentation.derivation import Derivation, Rules
from tierscope.instrumentation.groups import TraceGroup, load_stale_groups
from tierscope.instrumentation.workers import Worker, start_workers

__all__ = ["Deriver", "Outcome"]

STEP_SPANS: Final = 20_000
SHARED_FROM_STEPS: Final = 3
"""So many steps are worth starting processes that derive side by side, which takes a quarter of a second."""
MOST_DUE_STEPS: Final = 10
"""Of what is due so much is derived before the spool is looked at again, which must not overflow meanwhile."""
_NEVER_NS: Final = 2**63


@dataclass(frozen=True, slots=True)
class _Step:
    """Some groups of traces that are derived together."""

    groups: Sequence[TraceGroup]
    spans: pa.Table
    """Every span of them, in the columns of ``SPAN_SCHEMA``."""

    @property
    def trace_ids(self) -> list[Sequence[str]]:
        """Those of each group."""
        return [group.trace_ids for group in self.groups]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What deriving came to."""

    runs: int
    """Number of runs derived."""
    due_at_ns: int | None
    """Unix time at which those that were left are due; None where none was left."""


@dataclass(frozen=True, slots=True)
class Deriver:
    """Derives the runs of stale traces anew.

    Spans are read in one short session and rows are written in another; inference happens in between.
    """

    database: Database
    rules: Rules
    step_spans: int = STEP_SPANS
    """Runs are derived in steps of about this many spans, so that memory stays bounded; a run is never split."""

    def run(self, progress: Callable[[int], None] | None = None, *, only_due: bool = False) -> Outcome:
        """Derive what is stale now.

        Args:
            progress: told the number of spans after each step.
            only_due: leave runs that are better derived once more of them has arrived; of the rest derive a part where
                it is much.

        Raises:
            StoreError: the database cannot be used.
        """
        latest_ns = time.time_ns() if only_due else _NEVER_NS
        with self.database.read() as connection:
            marks = fetch_table(connection, "SELECT trace_id, arrived_ns FROM stale_traces")
            groups = load_stale_groups(connection, self.rules.silent_since_ns)
            due = list(_split((g for g in groups if g.due_at_ns <= latest_ns), self.step_spans))
            parts = due[:MOST_DUE_STEPS] if only_due else due
            first = [_Step(part, _load_spans(connection, part)) for part in parts[:1]]
        runs = 0
        with (
            closing(one_ahead(self._load_steps(first, parts[1:]))) as steps,
            closing(one_ahead(self._compute(steps, len(parts)))) as computed,
        ):
            for step, derivation in computed:
                self._store(derivation, marks)
                runs += derivation.runs
                if progress is not None:
                    progress(step.spans.num_rows)
        left = [group for part in due[len(parts) :] for group in part]
        left += [group for group in groups if group.due_at_ns > latest_ns]
        return Outcome(runs, min((group.due_at_ns for group in left), default=None))

    def _load_steps(self, first: Sequence[_Step], rest: Sequence[Sequence[TraceGroup]]) -> Generator[_Step]:
        yield from first
        for part in rest:
            with self.database.read() as connection:
                spans = _load_spans(connection, part)
            yield _Step(part, spans)

    def _compute(self, steps: Generator[_Step], number: int) -> Generator[tuple[_Step, Derivation]]:
        """Derive step by step, or several steps at once where there are many; the results come in the same order."""
        if number < SHARED_FROM_STEPS:
            for step in steps:
                yield step, self.rules.derive(step.spans, step.trace_ids)
            return
        with start_workers(self.rules) as workers:
            idle = deque(workers)
            busy: deque[tuple[Worker, _Step]] = deque()
            for step in steps:
                done: list[tuple[_Step, Derivation]] = []
                if not idle:
                    worker, before = busy.popleft()
                    done.append((before, worker.receive()))
                    idle.append(worker)
                busy.append((idle.popleft(), step))
                busy[-1][0].send(step.spans, step.trace_ids)
                yield from done  # is stored while the next step is derived
            for worker, before in busy:
                yield before, worker.receive()

    def _store(self, derivation: Derivation, marks: pa.Table) -> None:
        views = {
            "seen_marks": marks,
            "step_extents": derivation.extents,
            "step_runs": derivation.trace_runs,
        }
        with self.database.write() as connection:
            _replace(connection, views, derivation.tables)


def _split(groups: Iterable[TraceGroup], step_spans: int) -> Iterator[list[TraceGroup]]:
    part: list[TraceGroup] = []
    spans = 0
    for group in groups:
        if part and spans + group.spans > step_spans:
            yield part
            part, spans = [], 0
        part.append(group)
        spans += group.spans
    if part:
        yield part


def _load_spans(connection: duckdb.DuckDBPyConnection, groups: Sequence[TraceGroup]) -> pa.Table:
    parameters = {
        "trace_ids": [trace_id for group in groups for trace_id in group.trace_ids],
        "first_ns": min(group.first_ns for group in groups),
        "last_ns": max(group.last_ns for group in groups),
    }
    return fetch_table(connection, load_query("list_spans"), parameters)


def _replace(
    connection: duckdb.DuckDBPyConnection, views: Mapping[str, pa.Table], tables: Mapping[str, pa.Table]
) -> None:
    for name, view in views.items():
        connection.register(name, view)
    replaced = fetch_table(connection, load_query("list_replaced_runs"))
    if replaced.num_rows:
        connection.register("replaced_runs", replaced)
        connection.execute(load_query("delete_runs"))
    for name, table in tables.items():
        if table.num_rows:
            connection.register("new_rows", table)
            connection.execute(f"INSERT INTO {name} BY NAME FROM new_rows")  # one of our own names
    connection.execute(load_query("replace_trace_runs"))
