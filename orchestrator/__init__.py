"""Run a hierarchy of agents: plan, delegate, join, synthesize, escalate, within limits.

    macro = Orchestrator("macro", [Agent("gdp", gdp), Agent("fx", fx)], join=Join.best_effort(deadline_s=30))
    root = Orchestrator("root", [macro, company], synthesize=write_brief)
    report = run_sync(root, "Is ACME a buy?", limits=Limits(depth=2))

Who works: ``members``, ``orchestrators``, ``pipelines``. What passes between them: ``messages``. How they are joined:
``joins``, ``dispatching``, ``aggregation``. Who gets what: ``planning``, ``delegation``. What bounds them: ``limits``,
``budgets``. When something fails: ``recovery``, ``escalation``, ``rollback``, ``journal``. Who decides: ``approvals``.
What agents ask of the run: ``calls``. What they read: ``sources``.
Of its own extras and imported by name: ``models`` (Pydantic AI agents as members), ``ray_cluster`` (leaves on Ray).
"""

from tierscope.orchestrator.aggregation import concatenate, structured_merge, vote
from tierscope.orchestrator.approval_inbox import ApprovalInbox, StoreGateway
from tierscope.orchestrator.approvals import (
    Approval,
    ApprovalRequest,
    Approvals,
    CallbackGateway,
    ConsoleGateway,
    Gateway,
    Vote,
)
from tierscope.orchestrator.budgets import Budget
from tierscope.orchestrator.calls import Call, current
from tierscope.orchestrator.delegation import by_capability, by_load, by_skill
from tierscope.orchestrator.errors import (
    BudgetExceededError,
    HandoffSchemaError,
    JoinFailedError,
    NoCandidateError,
    PlanError,
    RunFailedError,
    SpawnLimitError,
)
from tierscope.orchestrator.escalation import Escalation, EscalationNeeded
from tierscope.orchestrator.hierarchy import Hierarchy
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.journal import Journal
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
from tierscope.orchestrator.pipelines import Pipeline, SendBack
from tierscope.orchestrator.recovery import Recovery
from tierscope.orchestrator.reports import Abandoned, CriticalSignal, Gap, Refusal, RunReport
from tierscope.orchestrator.rollback import Rollback
from tierscope.orchestrator.running import Running, run, run_sync, start
from tierscope.orchestrator.sources import RateLimit, Source, Sources

__all__ = [
    "Abandoned",
    "Agent",
    "Approval",
    "ApprovalInbox",
    "ApprovalRequest",
    "Approvals",
    "Brief",
    "Budget",
    "BudgetExceededError",
    "Call",
    "CallbackGateway",
    "Conflict",
    "ConsoleGateway",
    "CriticalSignal",
    "Escalation",
    "EscalationNeeded",
    "FailureToken",
    "Gap",
    "Gateway",
    "HandoffSchemaError",
    "Hierarchy",
    "Join",
    "JoinFailedError",
    "Joined",
    "Journal",
    "Limits",
    "Member",
    "NoCandidateError",
    "Orchestrator",
    "Pipeline",
    "PlanError",
    "Pool",
    "RateLimit",
    "Recovery",
    "Refusal",
    "Result",
    "Rollback",
    "RunFailedError",
    "RunReport",
    "Running",
    "SendBack",
    "Signal",
    "Source",
    "Sources",
    "SpawnLimitError",
    "StatusReport",
    "StoreGateway",
    "Synthesis",
    "Task",
    "Vote",
    "by_capability",
    "by_load",
    "by_skill",
    "concatenate",
    "current",
    "run",
    "run_sync",
    "start",
    "structured_merge",
    "vote",
]
