"""A software company: vision, specification, design in turn, engineers in parallel, fix and retest until it passes."""

from tierscope.orchestrator import Agent, Joined, Orchestrator, Pipeline, Result, SendBack, Task, concatenate, run_sync


async def ceo(task: Task) -> str:
    return f"vision: {task.intent} that people trust"


async def product_manager(task: Task) -> str:
    return f"specification of {task.inputs['ceo'].text}"


async def architect(_task: Task) -> str:
    return "design: storage, service, screen"


async def engineer(task: Task) -> str:
    state = "fixed" if task.feedback else "new"
    return f"{state} {task.intent}"


def assign(task: Task) -> list[Task]:
    parts = ("storage", "service", "screen")
    return [Task(to=f"engineer-{part}", intent=part, feedback=task.feedback) for part in parts]


def merge(task: Task, joined: Joined) -> Result:
    return concatenate(task, joined)


async def qa(task: Task) -> str:
    build = task.inputs["engineering"].text
    return "all tests pass" if "fixed" in build else "screen crashes without a name"


def retest(step: str, result: Result) -> SendBack | None:
    return SendBack("engineering", result.text) if step == "qa" and "pass" not in result.text else None


engineers = [Agent(f"engineer-{part}", engineer, role="worker") for part in ("storage", "service", "screen")]
engineering = Orchestrator("engineering", engineers, plan=assign, synthesize=merge, role="manager")
company = Pipeline(
    "company",
    [
        Agent("ceo", ceo, role="executive"),
        Agent("product-manager", product_manager, role="manager"),
        Agent("architect", architect, role="specialist"),
        engineering,
        Agent("qa", qa, role="specialist"),
    ],
    gate=retest,
    rounds=2,
)
report = run_sync(company, "an address book")
print(f"{report.text}, after {report.agents} invocations")
