"""Small made-up runs, for tests of metrics: ours and those of a metric of one's own.

A ``RunBuilder`` says in a few lines who ran under whom and when; ``measure`` computes a metric over such
runs through the real schema and the real queries, and ``save_runs`` puts the runs into a real store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import duckdb
import polars as pl

from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.database import Database
from tierscope.instrumentation.derived import make_tables
from tierscope.instrumentation.governance import (
    Approval,
    Dependency,
    DependencyKind,
    Escalation,
    Governance,
    Intervention,
    PartialSynthesis,
    Recovery,
    Rollback,
    SkippedMember,
)
from tierscope.instrumentation.prices import Price, PriceTable
from tierscope.instrumentation.runs import (
    CriticalCheck,
    Gap,
    Handoff,
    Invocation,
    InvocationStatus,
    ModelCall,
    Run,
    Signal,
    SpawnRefusal,
)
from tierscope.instrumentation.schema import apply_migrations
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.turnstile import Turnstile
from tierscope.metrics.metric import Metric
from tierscope.metrics.sql import load_query

__all__ = ["PRICED_MODEL", "RunBuilder", "measure", "query_runs", "save_runs"]

PRICED_MODEL: Final = "priced"
PRICES: Final = PriceTable({PRICED_MODEL: [Price(date(2020, 1, 1), 1e6, 2e6)]})
"""One dollar per input token, two per output token."""
_EPOCH_NS: Final = 1_700_000_000_000_000_000
_MS: Final = 1_000_000


@dataclass(slots=True)
class RunBuilder:
    """One run, built agent by agent, parents before children. Times are ms since the run began."""

    id: str = "run-1"
    label: str | None = None
    version: str | None = None
    task_type: str | None = None
    spawn_limit: int | None = None
    invocations: list[Invocation] = field(default_factory=list[Invocation])
    model_calls: list[ModelCall] = field(default_factory=list[ModelCall])
    signals: list[Signal] = field(default_factory=list[Signal])
    handoffs: list[Handoff] = field(default_factory=list[Handoff])
    gaps: list[Gap] = field(default_factory=list[Gap])
    refusals: list[SpawnRefusal] = field(default_factory=list[SpawnRefusal])
    critical_checks: list[CriticalCheck] = field(default_factory=list[CriticalCheck])
    governance: Governance = field(default_factory=Governance)

    def agent(
        self,
        name: str,
        under: str | None = None,
        ms: tuple[float, float] | None = None,
        *,
        output: str | None = None,
        input: str | None = None,  # noqa: A002 - the field's name
        status: InvocationStatus = "ok",
        tokens: tuple[int, int] | None = None,
        model: str = PRICED_MODEL,
        orphan: bool = False,
        queued_ms: float | None = None,
    ) -> str:
        """Add an invocation and return its id.

        Args:
            name: of the agent.
            under: name of its parent, or its id where that name occurs several times; None for the root.
            ms: start and end; None where no times were recorded.
            output: what it returned.
            input: what it was given.
            status: how it ended.
            tokens: input and output tokens of its one model call; None for no call.
            model: the model called; only ``PRICED_MODEL`` has a price.
            orphan: True for one whose parent never came.
            queued_ms: how much of its time it waited for a slot.
        """
        parent = self._find(under) if under else None
        taken = sum(one.agent == name for one in self.invocations)
        id_ = f"{self.id}:{name}#{taken}" if taken else f"{self.id}:{name}"
        tier, domain = (None, None) if orphan else _place_under(parent, name)
        start, end = (None, None) if ms is None else (_EPOCH_NS + int(ms[0] * _MS), _EPOCH_NS + int(ms[1] * _MS))
        made = Invocation(
            id=id_,
            parent_id=parent.id if parent else None,
            agent=name,
            tier=tier,
            role=None,
            declared_role=None,
            domain=domain,
            status=status,
            status_message=None,
            started_ns=start,
            ended_ns=end,
            input=input,
            output=output,
            input_tokens=tokens[0] if tokens else None,
            output_tokens=tokens[1] if tokens else None,
            model_calls=1 if tokens else 0,
            tier_source="declared",
            tier_confidence=1.0,
            queued_ms=queued_ms,
        )
        self.invocations.append(made)
        if tokens:
            self.model_calls.append(_call_of(made, model))
        return made.id

    def signal(
        self, agent: str, text: str, *, critical: bool = False, declared: bool = True, source: str | None = None
    ) -> None:
        """Add a signal that an agent declared."""
        self.signals.append(Signal(self._find(agent).id, text, critical, declared=declared, source=source))

    def handoff(
        self, giver: str, taker: str, text: str | None = None, kind: Literal["handoff", "transfer", "tool"] = "handoff"
    ) -> None:
        """Add work given by one agent to another."""
        self.handoffs.append(Handoff(self._find(giver).id, self._find(taker).id, taker, text, kind, None))

    def gap(self, parent: str, member: str, status: str = "timeout", partial: str | None = None) -> None:
        """Add a failure token that a parent went on with."""
        self.gaps.append(Gap(self._find(parent).id, member, None, status, f"{member}: {status}", partial, None))

    def refusal(self, agent: str, member: str, depth: int) -> None:
        """Add a refused attempt to spawn."""
        self.refusals.append(SpawnRefusal(self._find(agent).id, member, depth, "spawn limit", None))

    def check(self, agent: str, text: str, *, verified: bool) -> None:
        """Add the orchestrator's own check of a critical signal."""
        self.critical_checks.append(CriticalCheck(self._find(agent).id, text, "hash", verified))

    def escalation(
        self,
        at: str,
        id_: str,
        reason: str,
        path: tuple[str | None, str | None],
        ms: float,
        answer: str | None = None,
        asker: str | None = None,
    ) -> None:
        """Add a step of an escalation, noted on an agent: ``path`` is from whom to whom; an answer resolves it."""
        status = "open" if answer is None else "resolved"
        asker_id = self._find(asker).id if asker else None
        at_ns = _EPOCH_NS + int(ms * _MS)
        step = Escalation(self._find(at).id, id_, reason, *path, status, answer, None, at_ns, asker_id)
        self.governance = replace(self.governance, escalations=(*self.governance.escalations, step))

    def recovery(self, parent: str, step: str, member: str, ms: float, failed: str | None = None) -> None:
        """Add a retry, reassignment or revision by a parent, before the attempt that follows that which failed."""
        failed_id = self._find(failed).id if failed else None
        made = Recovery(self._find(parent).id, step, member, member, None, _EPOCH_NS + int(ms * _MS), failed_id)
        self.governance = replace(self.governance, recoveries=(*self.governance.recoveries, made))

    def skip(self, parent: str, member: str, domain: str | None = None) -> None:
        """Add a member that a parent considered and found irrelevant."""
        made = SkippedMember(self._find(parent).id, member, domain, None)
        self.governance = replace(self.governance, skipped_members=(*self.governance.skipped_members, made))

    def partial(self, agent: str, text: str | None, ms: float) -> None:
        """Add a synthesis that could be read before it was complete."""
        made = PartialSynthesis(self._find(agent).id, text, _EPOCH_NS + int(ms * _MS))
        self.governance = replace(self.governance, partial_syntheses=(*self.governance.partial_syntheses, made))

    def approval(self, agent: str, id_: str, kind: str, status: str, waited_ms: float | None = None) -> None:
        """Add a step of a request to people: requested, approved, rejected, timeout or cancelled."""
        made = Approval(self._find(agent).id, id_, kind, status, None, None, waited_ms, None)
        self.governance = replace(self.governance, approvals=(*self.governance.approvals, made))

    def rollback(self, agent: str, path: str, error: str | None = None) -> None:
        """Add a compensation of a group that an agent led."""
        made = Rollback(self._find(agent).id, f"undo {path}", path, error, None)
        self.governance = replace(self.governance, rollbacks=(*self.governance.rollbacks, made))

    def intervention(self, parent: str, kind: str, member: str, ms: float) -> None:
        """Add a member that somebody cancelled or redirected."""
        made = Intervention(self._find(parent).id, kind, member, None, _EPOCH_NS + int(ms * _MS))
        self.governance = replace(self.governance, interventions=(*self.governance.interventions, made))

    def dependency(self, giver: str, taker: str, kind: DependencyKind = "need") -> None:
        """Add a declared need of one agent for what another made."""
        made = Dependency(self._find(giver).id, self._find(taker).id, kind)
        self.governance = replace(self.governance, dependencies=(*self.governance.dependencies, made))

    def build(self) -> Run:
        """The run as tier inference would give it, with roles by structure."""
        parents = {one.parent_id for one in self.invocations}
        return Run(
            id=self.id,
            trace_ids=(self.id,),
            root_id=next((one.id for one in self.invocations if one.tier == 0), None),
            invocations=tuple(_with_role(one, is_parent=one.id in parents) for one in self.invocations),
            model_calls=tuple(self.model_calls),
            signals=tuple(self.signals),
            handoffs=tuple(self.handoffs),
            gaps=tuple(self.gaps),
            refusals=tuple(self.refusals),
            critical_checks=tuple(self.critical_checks),
            span_count=len(self.invocations),
            orphan_span_count=0,
            recorder="declared",
            label=self.label,
            version=self.version,
            task_type=self.task_type,
            spawn_limit=self.spawn_limit,
            governance=self.governance,
        )

    def _find(self, name: str) -> Invocation:
        return next(one for one in self.invocations if name in (one.agent, one.id))


def _place_under(parent: Invocation | None, name: str) -> tuple[int | None, str | None]:
    """Tier and domain of an agent: what stands below the root leads a domain of its name."""
    if parent is None:
        return 0, None
    if parent.tier is None:
        return None, None
    return parent.tier + 1, name if parent.tier == 0 else parent.domain


def _call_of(made: Invocation, model: str) -> ModelCall:
    """The one model call that an invocation's tokens went into."""
    tokens = (made.input_tokens, made.output_tokens)
    return ModelCall(f"{made.id}#call", made.id, None, model, *tokens, made.started_ns, made.ended_ns, "ok")


def query_runs(runs: Iterable[RunBuilder], queries: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Frames of some queries over some runs, as ``compute`` would hand them to a metric's function.

    Args:
        runs: may be none.
        queries: files in ``metrics/queries``, without the ending.
    """
    built = [run.build() for run in runs]
    with duckdb.connect() as connection:
        apply_migrations(connection, Path(":memory:"))
        _insert(connection, built)
        ids = {"run_ids": [run.id for run in built]}
        return {name: pl.DataFrame(fetch_table(connection, load_query(name), ids)) for name in queries}


def save_runs(store: Store, runs: Iterable[RunBuilder]) -> None:
    """Put runs into a store's tables, without the spans that they would come from.

    Args:
        store: is made where there is none.
        runs: with ids that the store does not have.
    """
    database = Database(store.path, Turnstile(store.spool.folder / "locks", "the store"), wait_s=30)
    with database.write() as connection:
        _insert(connection, [run.build() for run in runs])


def _insert(connection: duckdb.DuckDBPyConnection, runs: Sequence[Run]) -> None:
    for name, rows in make_tables(runs, {run.id: _EPOCH_NS for run in runs}, (), PRICES).items():
        if rows.num_rows:
            connection.register("incoming", rows)
            connection.execute(f"INSERT INTO {name} BY NAME FROM incoming")


def _with_role(one: Invocation, *, is_parent: bool) -> Invocation:
    if one.tier is None:
        return one
    return replace(one, role="root" if one.tier == 0 else "domain" if is_parent else "leaf")


def measure(metric: Metric, *runs: RunBuilder, **options: Any) -> pl.DataFrame:  # noqa: ANN401 - each metric's own
    """Frame of a metric over made-up runs."""
    return metric.function(**query_runs(runs, metric.queries), **options)
