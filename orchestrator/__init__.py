"""Run a hierarchy of agents: plan, delegate, join, synthesize, escalate, within limits.

    macro = Orchestrator("macro", [Agent("gdp", gdp), Agent("fx", fx)], join=Join.best_effort(deadline_s=30))
    root = Orchestrator("root", [macro, company], synthesize=write_brief)
    report = run_sync(root, "Is ACME a buy?", limits=Limits(depth=2))

Who works: ``members``, ``orchestrators``. What passes between them: ``messages``. How they are joined: ``joins``,
``dispatching``, ``aggregation``. What bounds them: ``limits``, ``budgets``. What agents ask of the run: ``calls``.
"""

from tierscope.orchestrator.aggregation import concatenate, structured_merge, vote
from tierscope.orchestrator.budgets import Budget
from tierscope.orchestrator.calls import Call, current
from tierscope.orchestrator.errors import (
    BudgetExceededError,
    HandoffSchemaError,
    JoinFailedError,
    NoCandidateError,
    PlanError,
    RunFailedError,
    SpawnLimitError,
)
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.limits import Limits, Pool
from tierscope.orchestrator.members import Agent, Member
from tierscope.orchestrator.messages import (
    Brief,
    Conflict,
    FailureToken,
    Joined,
    Result,
    Signal,
    StatusReport,
    Synthesis,
    Task,
)
from tierscope.orchestrator.orchestrators import Orchestrator
from tierscope.orchestrator.reports import CriticalSignal, Gap, Refusal, RunReport
from tierscope.orchestrator.running import Running, run, run_sync, start

__all__ = [
    "Agent",
    "Brief",
    "Budget",
    "BudgetExceededError",
    "Call",
    "Conflict",
    "CriticalSignal",
    "FailureToken",
    "Gap",
    "HandoffSchemaError",
    "Join",
    "JoinFailedError",
    "Joined",
    "Limits",
    "Member",
    "NoCandidateError",
    "Orchestrator",
    "PlanError",
    "Pool",
    "Refusal",
    "Result",
    "RunFailedError",
    "RunReport",
    "Running",
    "Signal",
    "SpawnLimitError",
    "StatusReport",
    "Synthesis",
    "Task",
    "concatenate",
    "current",
    "run",
    "run_sync",
    "start",
    "structured_merge",
    "vote",
]
