"""Incident triage: what is looked into depends on the alert and on what is found; the depth of the tree is bounded."""

from tierscope.orchestrator import (
    Agent,
    Escalation,
    FailureToken,
    Limits,
    Orchestrator,
    Signal,
    Task,
    current,
    run_sync,
)


async def query(task: Task) -> str:
    return f"{task.intent}: 900 ms instead of 12 ms"


async def database(_task: Task) -> str:
    slow = await current().spawn(Agent("query-orders", query), "orders by customer")
    if isinstance(slow, FailureToken):
        return f"database is slow, cause unknown ({slow.status})"
    current().signal(Signal(text="An index on orders.customer is missing.", critical=True))
    answer = await current().escalate("policy_decision", "may I build the index at noon?")
    return f"database: {slow.text}; index: {answer}"


async def deployments(_task: Task) -> str:
    return "deployments: none today"


def suspects(task: Task) -> list[Task]:
    plan = [Task(to="database", intent=task.intent)]
    return [*plan, Task(to="deployments", intent=task.intent)] if "since noon" in task.intent else plan


def duty_officer(escalation: Escalation) -> str:
    return "yes, without locking" if escalation.reason == "policy_decision" else "wake the on-call engineer"


triage = Orchestrator(
    "triage", [Agent("database", database), Agent("deployments", deployments)], plan=suspects, answer=duty_officer
)
for depth in (2, 1):
    report = run_sync(triage, "Checkout is slow since noon.", limits=Limits(depth=depth))
    print(report.text)
    print(f"-- deepest tier {report.max_depth}, refused {len(report.refusals)}\n")
