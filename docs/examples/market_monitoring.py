"""Market monitoring: ten feeds in parallel, in each fetch -> parse -> normalize -> score, checked at every handoff."""

from pydantic import BaseModel

from tierscope.orchestrator import Agent, Joined, Limits, Orchestrator, Pipeline, Result, Task, run_sync


class Quote(BaseModel):
    symbol: str
    price: float


class Change(BaseModel):
    symbol: str
    percent: float


async def fetch(task: Task) -> str:
    number = int(task.intent.removeprefix("feed "))
    return "<html>maintenance</html>" if number == 7 else f"ACME;{100 + number}"


async def parse(task: Task) -> dict[str, str]:
    symbol, _, price = task.inputs["fetch"].text.partition(";")
    return {"symbol": symbol, "price": price}


async def normalize(task: Task) -> Change:
    quote: Quote = task.inputs["parse"].value
    return Change(symbol=quote.symbol, percent=quote.price - 100)


async def score(task: Task) -> Result:
    change: Change = task.inputs["normalize"].value
    return Result(text=f"{change.symbol} {change.percent:+.0f}%", value=change.percent)


def feed(number: int) -> Pipeline:
    steps = [
        Agent("fetch", fetch),
        Agent("parse", parse),
        Agent("normalize", normalize, accepts=Quote),
        Agent("score", score, accepts=Change),
    ]
    return Pipeline(f"feed-{number}", steps)


def strongest(_task: Task, joined: Joined) -> str:
    name, best = max(joined.results.items(), key=lambda item: float(item[1].value))
    return f"strongest of {len(joined.results)}: {best.text} on {name}"


monitor = Orchestrator(
    "monitor",
    [feed(number) for number in range(10)],
    plan=lambda _task: [Task(to=f"feed-{number}", intent=f"feed {number}") for number in range(10)],
    synthesize=strongest,
)
report = run_sync(monitor, "Watch ACME.", limits=Limits(concurrency=5))
print(report.text)
print("gap:", next(gap.token.reason for gap in report.gaps if gap.path == "monitor"))
