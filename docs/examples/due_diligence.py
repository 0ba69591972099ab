"""Due diligence: four sections at the same time, two of them mandatory, merged by structure; then one of them fails."""

from tierscope.orchestrator import (
    Agent,
    Join,
    Limits,
    Orchestrator,
    RunFailedError,
    Task,
    run_sync,
    structured_merge,
)


async def financials(_task: Task) -> dict[str, object]:
    return {"revenue_musd": 612, "margin": 0.41}


async def competitors(_task: Task) -> dict[str, object]:
    return {"rivals": ["Halden", "Kyoei"]}


async def regulation(_task: Task) -> dict[str, object]:
    return {"open_inquiries": 1}


async def stack(_task: Task) -> dict[str, object]:
    raise TimeoutError("the code host does not answer")


async def silent(_task: Task) -> None:
    return None


def diligence(regulatory: Agent) -> Orchestrator:
    team = [Agent("financials", financials), Agent("competitors", competitors), regulatory, Agent("stack", stack)]
    return Orchestrator(
        "diligence",
        team,
        join=Join.requiring("financials", "regulation", deadline_s=120),
        synthesize=structured_merge,
    )


report = run_sync(diligence(Agent("regulation", regulation)), "ACME", limits=Limits(concurrency=4))
print(report.text)
print("gap:", report.gaps[0].token.text)
try:
    run_sync(diligence(Agent("regulation", silent)), "ACME")
except RunFailedError as error:
    print(error)
