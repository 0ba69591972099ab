"""What deriving computes, away from the database: the spans of some groups of traces in, rows of the store out."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import duckdb
import pyarrow as pa

from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.collector import collector_paused
from tierscope.instrumentation.columns import spans_from_table
from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.derived import make_tables
from tierscope.instrumentation.prices import PriceTable
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.semconv import TIERSCOPE_UNTIMED
from tierscope.instrumentation.spans import Span

__all__ = ["Derivation", "InferRuns", "Rules"]

InferRuns: TypeAlias = Callable[[Iterable[Span]], list[Run]]
"""Tier inference: the spans of some traces -> the runs in them."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Derivation:
    """The rows of some runs."""

    runs: int
    """Number of runs."""
    extents: pa.Table
    """One row per trace: its source, first and last moment, and number of spans."""
    trace_runs: pa.Table
    """One row per (trace_id, run_id)."""
    tables: Mapping[str, pa.Table]
    """Name of a derived table -> rows for it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides which rows come of which spans; can be sent to another process if ``infer_runs`` can."""

    infer_runs: InferRuns
    prices: PriceTable
    """What model calls cost."""
    silent_since_ns: int
    """Unix time; what is still running in a run of which nothing was recorded since is abandoned."""

    def derive(self, spans: pa.Table, groups: Sequence[Sequence[str]]) -> Derivation:
        """Infer the runs of some traces and turn them into rows.

        Args:
            spans: every span of the traces, in the columns of ``SPAN_SCHEMA``.
            groups: trace ids, together where the traces may belong to the same runs.

        Returns:
            The rows. A group in which inference fails is one run that says so.
        """
        extents = _compute_extents(spans)
        moments = {row["trace_id"]: (row["first_ns"], row["last_ns"]) for row in extents.to_pylist()}
        with collector_paused():
            inferred, untimed = self._infer(spans, groups)
            runs = [self._abandon(run, moments) for run in inferred]
            first_ns = {trace_id: first for trace_id, (first, _) in moments.items()}
            tables = make_tables(runs, first_ns, untimed, self.prices)
        trace_runs = pa.table(
            {
                "trace_id": pa.array([trace_id for run in runs for trace_id in run.trace_ids], pa.string()),
                "run_id": pa.array([run.id for run in runs for _ in run.trace_ids], pa.string()),
            }
        )
        return Derivation(len(runs), extents, trace_runs, tables)

    def _infer(self, spans: pa.Table, groups: Sequence[Sequence[str]]) -> tuple[list[Run], set[str]]:
        """The runs of each group, and the ids of the spans whose times say nothing."""
        spans_of: list[list[Span]] = [[] for _ in groups]
        holder = {trace_id: held for group, held in zip(groups, spans_of, strict=True) for trace_id in group}
        untimed: set[str] = set()
        for span in spans_from_table(spans):
            holder[span.trace_id].append(span)
            if span.attributes.get(TIERSCOPE_UNTIMED):
                untimed.add(span.key)
        return [run for held in spans_of if held for run in self._infer_group(held)], untimed

    def _infer_group(self, spans: Sequence[Span]) -> list[Run]:
        try:
            return self.infer_runs(spans)
        except Exception as error:  # one strange trace must not keep all others from being seen
            _log.exception("no tiers could be inferred in trace %s", spans[0].trace_id)
            return [_run_without_tiers(spans, f"No tiers could be inferred: {type(error).__name__}: {error}.")]

    def _abandon(self, run: Run, moments: Mapping[str, tuple[int, int]]) -> Run:
        """The run, with nothing running any more where it has gone silent."""
        if max(moments[trace_id][1] for trace_id in run.trace_ids) >= self.silent_since_ns:
            return run
        return replace(
            run,
            invocations=tuple(
                replace(one, status="abandoned") if one.status == "running" else one for one in run.invocations
            ),
        )


def _compute_extents(spans: pa.Table) -> pa.Table:
    with duckdb.connect(config={"threads": 1}) as scratch:
        scratch.register("batch", spans)
        return fetch_table(scratch, load_query("list_extents"))


def _run_without_tiers(spans: Sequence[Span], note: str) -> Run:
    return Run(
        id=spans[0].trace_id,
        trace_ids=tuple(dict.fromkeys(span.trace_id for span in spans)),
        root_id=None,
        invocations=(),
        model_calls=(),
        signals=(),
        handoffs=(),
        gaps=(),
        refusals=(),
        critical_checks=(),
        span_count=len(spans),
        orphan_span_count=0,
        recorder=None,
        notes=(note,),
    )
