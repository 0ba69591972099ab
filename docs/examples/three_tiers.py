"""Three tiers in 25 lines: a director, two domain leads, four specialists; one domain is late, one finding critical."""

import asyncio

from tierscope.orchestrator import Agent, Joined, Limits, Orchestrator, Result, Signal, Task, run_sync


async def gdp(_task: Task) -> str:
    return "GDP grew 2.1%."


async def filings(_task: Task) -> Result:
    probe = Signal(text="Note 14: the SEC opened an inquiry.", critical=True)
    return Result(text="Filings look clean, one note apart.", signals=(probe,))


async def hangs(_task: Task) -> str:
    await asyncio.sleep(3600)
    return "too late"


def brief(task: Task, joined: Joined) -> str:
    return f"{task.intent} {len(joined.results)} domains reported, {len(joined.gaps)} missing."


macro = Orchestrator("macro", [Agent("gdp", gdp), Agent("fx", hangs)], deadline_s=0.2)
company = Orchestrator("company", [Agent("filings", filings)])
report = run_sync(Orchestrator("director", [macro, company], synthesize=brief), "Buy ACME?", limits=Limits(depth=2))
print(report.text)
print("gap:", report.gaps[0].token.text)
