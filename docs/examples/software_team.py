"""A software team: the code lead and the ops lead each plan for their own people, and share nothing but results."""

from tierscope.orchestrator import Agent, Orchestrator, Recovery, Result, Task, current, run_sync


async def read(task: Task) -> str:
    current().state["auth.py"] = "TIMEOUT_S = 3"
    return f"found the time-out in auth.py for {task.intent!r}"


async def write(_task: Task) -> str:
    source = str(current().state["auth.py"])
    return source.replace("3", "30")


async def test(task: Task) -> str:
    return f"tests pass with {task.inputs['writer'].text}"


async def deploy(task: Task) -> str:
    assert not current().state, "nothing of the code team's state comes here"
    return f"deployed: {task.inputs['code'].text.splitlines()[-1]}"


async def monitor(_task: Task) -> str:
    return "no errors in staging for ten minutes"


def check(_task: Task, result: Result) -> str | None:
    return None if result.text else "say what you did"


def code_plan(task: Task) -> list[Task]:
    return [
        Task(to="reader", intent="read auth.py and find the time-out", context=task.intent),
        Task(to="writer", intent="raise the time-out", needs=("reader",)),
        Task(to="tester", intent="run the tests", needs=("writer",)),
    ]


code = Orchestrator(
    "code",
    [Agent("reader", read), Agent("writer", write), Agent("tester", test)],
    plan=code_plan,
    recovery=Recovery(check=check, retries=1),
    role="manager",
)
ops = Orchestrator("ops", [Agent("deployer", deploy), Agent("monitor", monitor)], role="manager")
top = Orchestrator(
    "top",
    [code, ops],
    plan=lambda _task: [
        Task(to="code", intent="find and fix the staging bug"),
        Task(to="ops", intent="roll it out", needs=("code",)),
    ],
    role="executive",
)
print(run_sync(top, "Logins fail on staging.").text)
