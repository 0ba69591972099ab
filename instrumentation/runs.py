"""What tier inference makes of spans: one run, its agent invocations, and what passed between them.

The store keeps these in tables of the same names and columns (``migrations/``); ``tierscope tree`` prints them.
Text that was not recorded and numbers that were not measured are None, never empty or 0.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tierscope.instrumentation.governance import Governance

InvocationStatus: TypeAlias = Literal["ok", "error", "timeout", "cancelled", "running", "abandoned"]
Role: TypeAlias = Literal["root", "domain", "leaf"]
EvidenceSource: TypeAlias = Literal["declared", "agent_span", "handoff", "link", "text_flow", "name", "none"]
"""Where a fact comes from, strongest first."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of an agent under one parent invocation; the same name under two parents is two."""

    id: str
    """``trace_id:span_id`` of the invocation's own span."""
    parent_id: str | None
    """None for the root of a run and for orphans."""
    agent: str
    """The agent's name."""
    tier: int | None
    """Number of agent ancestors: 0 is the root; None for an orphan."""
    role: Role | None
    """By structure: root, leaf (no agent below), domain (between)."""
    declared_role: str | None
    domain: str | None
    """Declared, else the name of the tier-1 ancestor (or of itself at tier 1)."""
    status: InvocationStatus
    status_message: str | None
    started_ns: int | None
    ended_ns: int | None
    input: str | None
    output: str | None
    input_tokens: int | None
    """Of this invocation's own model calls, not of its members'."""
    output_tokens: int | None
    model_calls: int
    tier_source: EvidenceSource
    tier_confidence: float
    """0 to 1."""
    queued_ms: float | None = None
    """How much of its time was waiting for its turn to work; None where that was not recorded."""
    evidence: tuple[str, ...] = ()
    """Why this is an agent and why it has this parent, and what was considered and rejected: one sentence each."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One request to a model, counted once."""

    id: str
    """``trace_id:span_id``."""
    invocation_id: str | None
    """The nearest agent invocation above; None where there is none."""
    provider: str | None
    model: str | None
    input_tokens: int | None
    output_tokens: int | None
    started_ns: int | None
    ended_ns: int | None
    status: InvocationStatus


@dataclass(frozen=True, slots=True)
class Signal:
    """One atomic piece of information that an invocation declared."""

    invocation_id: str
    text: str
    critical: bool
    value: float | str | None = None
    unit: str | None = None
    confidence: float | None = None
    source: str | None = None
    declared: bool = True
    """False for a line that only opens with a marker such as CRITICAL."""


@dataclass(frozen=True, slots=True)
class Handoff:
    """Work given by one agent to another."""

    from_id: str
    to_id: str | None
    """None where the receiver never ran."""
    to_agent: str
    text: str | None
    kind: Literal["handoff", "transfer", "tool"]
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """A failure token that a parent went on with."""

    invocation_id: str
    """The parent that flagged the gap."""
    member: str
    domain: str | None
    status: str
    """timeout, error, cancelled, budget, empty or invalid."""
    reason: str | None
    partial: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class SpawnRefusal:
    """An attempt to spawn past the limit that was refused."""

    invocation_id: str
    member: str
    depth: int | None
    reason: str | None
    at_ns: int | None


@dataclass(frozen=True, slots=True)
class CriticalCheck:
    """The orchestrator's own check that a critical signal stands verbatim in an output."""

    invocation_id: str
    text: str
    hash: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a hierarchy, derived from one or several traces."""

    id: str
    """Declared ``tierscope.run.id``, else the trace id of its root, with its span id for later runs of one trace."""
    trace_ids: tuple[str, ...]
    root_id: str | None
    """Invocation id of the root; None where no agent was found."""
    invocations: tuple[Invocation, ...]
    """Parents before children, siblings by start; orphans last."""
    model_calls: tuple[ModelCall, ...]
    signals: tuple[Signal, ...]
    handoffs: tuple[Handoff, ...]
    gaps: tuple[Gap, ...]
    refusals: tuple[SpawnRefusal, ...]
    critical_checks: tuple[CriticalCheck, ...]
    span_count: int
    orphan_span_count: int
    """Spans whose parent never came."""
    recorder: str | None
    """Name of the convention that recognised the agents, such as ``openinference.langchain``."""
    label: str | None = None
    project: str | None = None
    version: str | None = None
    task_type: str | None = None
    spawn_limit: int | None = None
    """Recorded with the run; None where it was not."""
    imported_from: str | None = None
    simulated_share: float | None = None
    governance: Governance = field(default_factory=Governance)
    notes: tuple[str, ...] = field(default=())
    """What a reader should know: several traces joined, tokens left out, and the like."""
