"""Data sources with rate limits and prices: a planner chooses from the registry, the budget stops what is too dear."""

from tierscope.orchestrator import (
    Agent,
    Budget,
    Orchestrator,
    RateLimit,
    Source,
    Sources,
    Task,
    current,
    run_sync,
)


async def fetch(figure: float) -> float:
    return figure


SOURCES = Sources(
    [
        Source("gdp", lambda: fetch(2.1), domain="macro", provider="office", cost_usd=0.01, description="growth, %"),
        Source("cpi", lambda: fetch(1.8), domain="macro", provider="office", cost_usd=0.01, description="inflation, %"),
        Source("satellite", lambda: fetch(0.4), domain="macro", provider="sky", cost_usd=5.0, description="lights"),
        Source("patents", lambda: fetch(12), domain="company", description="filed this year"),
    ],
    limits={"office": RateLimit(per_minute=600, burst=2)},
)


def plan(_task: Task) -> list[Task]:
    chosen = [source for source in current().sources if source.domain == "macro"]
    return [Task(to="analyst", id=each.name, intent=each.name, context=each.description) for each in chosen]


async def analyst(task: Task) -> str:
    return f"{await current().read(task.intent)} ({task.context})"


macro = Orchestrator("macro", [Agent("analyst", analyst)], plan=plan)
report = run_sync(macro, "Which way does the economy go?", sources=SOURCES, budget=Budget(usd=1))
print(report.text)
print(f"spent {report.usd:.2f} USD")
