"""Leaves in actors: what a worker tells while it works, and a run on a local Ray where Ray is installed."""

import asyncio
import json
import pickle
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tierscope.instrumentation.store import Store
from tierscope.orchestrator import EscalationNeeded, Signal, Task, current
from tierscope.orchestrator.members import Work
from tierscope.orchestrator.ray_cluster import News, Place, Worker

HERE = Place("root/macro/gdp", 2, "macro", {})


async def told(work: Work) -> list[News]:
    """What the agent tells from its actor."""
    return [news async for news in Worker().perform(work, Task(intent="x"), HERE)]


def test_agent_in_an_actor_declares_pushes_and_reports_while_it_works() -> None:
    footnote = Signal(text="Note 14", critical=True)

    async def work(task: Task) -> str:
        current().signal(footnote)
        current().push("half")
        current().report(0.5, ["a form"])
        return f"{current().path} at tier {current().depth} did {task.intent}"

    assert asyncio.run(told(work)) == [
        News("signal", (footnote,)),
        News("push", ("half",)),
        News("report", (0.5, ("a form",))),
        News("returned", ("root/macro/gdp at tier 2 did x",)),
    ]


def test_sync_work_and_errors_come_back_too() -> None:
    def fails(_task: Task) -> str:
        raise ValueError("down")

    (news,) = asyncio.run(told(fails))
    assert (news.kind, repr(news.arguments[0])) == ("raised", "ValueError('down')")
    assert asyncio.run(told(lambda task: task.intent)) == [News("returned", ("x",))]


def test_what_needs_an_answer_of_the_run_is_refused_with_what_to_do() -> None:
    async def spawns(_task: Task) -> object:
        call: Any = current()
        return call.reserve(tokens=1)

    (news,) = asyncio.run(told(spawns))
    assert "root/macro/gdp runs on a Ray cluster, where current().reserve does not reach the run" in str(
        news.arguments[0]
    )


def test_worker_that_is_given_up_ends_the_work() -> None:
    ended: list[str] = []

    async def waits(_task: Task) -> str:
        current().push("started")
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("ended")
        return "unreached"

    async def scenario() -> None:
        stream = Worker().perform(waits, Task(intent="x"), HERE)
        await anext(stream)
        await stream.aclose()
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert ended == ["ended"]


def test_what_an_agent_raises_for_the_level_above_survives_the_way_back() -> None:
    again = pickle.loads(pickle.dumps(EscalationNeeded("policy_decision", "may I?")))
    assert (again.reason, again.context) == ("policy_decision", "may I?")


@pytest.mark.parametrize(
    ("module", "make", "extra"),
    [("ray", "Cluster()", "ray"), ("pydantic_ai", "import_module('tierscope.orchestrator.models')", "llm")],
)
def test_without_the_extra_the_error_names_it(module: str, make: str, extra: str) -> None:
    code = f"""
import sys
from importlib import import_module
sys.modules[{module!r}] = None
from tierscope.orchestrator.ray_cluster import Cluster
try:
    {make}
except Exception as error:
    print(type(error).__name__, error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.startswith("MissingExtraError ")
    assert f"pip install 'tierscope[{extra}]'" in done.stdout


ON_RAY = """
import asyncio, json, os, sys, time
from functools import partial
from pathlib import Path
import ray
from tierscope.instrumentation import configure, model_call
from tierscope.orchestrator import Agent, Orchestrator, Signal, current, run
from tierscope.orchestrator.ray_cluster import Cluster

store = sys.argv[1]

def build():
    async def finds(task):
        current().signal(Signal(text="Note 14.", critical=True))
        with model_call("m", prompt="x") as call:
            call.input_tokens = call.output_tokens = 1
        return str(os.getpid())
    def plain(task):
        return str(os.getpid())
    async def fails(task):
        raise ValueError("down")
    async def waits(task):
        current().push("started")
        try:
            await asyncio.sleep(600)
        finally:
            Path(f"{store}.cancelled").touch()
    macro = Orchestrator("macro", [Agent("finds", finds), Agent("plain", plain)])
    late = Agent("waits", waits, deadline_s=15)
    company = Orchestrator("company", [Agent("fails", fails), late, Agent("here", plain)])
    return Orchestrator("root", [macro, company])

async def main():
    processor = configure(store)
    async with Cluster(setup=partial(configure, store)) as cluster:
        report = await run(cluster.place(build()), "x")
        deadline = time.monotonic() + 30
        while not Path(f"{store}.cancelled").exists() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
    processor.force_flush()
    print(json.dumps({
        "text": report.text, "own": str(os.getpid()), "critical": [kept.verified for kept in report.critical],
        "gaps": {gap.token.member: [gap.token.status, gap.token.reason, *(each.text for each in gap.token.partial)]
                 for gap in report.gaps},
    }))

ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
asyncio.run(main())
ray.shutdown()
"""


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: pip install 'tierscope[ray]'")
def test_hierarchy_runs_on_a_local_ray_with_one_actor_a_domain_and_one_trace(tmp_path: Path) -> None:
    store = tmp_path / "runs.duckdb"
    done = subprocess.run(
        [sys.executable, "-c", ON_RAY, str(store)], capture_output=True, text=True, check=True, timeout=180
    )
    said = json.loads(done.stdout.splitlines()[-1])
    lines = dict(line.split(": ", 1) for line in said["text"].replace("macro: ", "").splitlines()[:2])
    assert lines["finds"] == lines["plain"] != said["own"]
    assert f"company: here: {lines['finds']}" not in said["text"]
    assert said["critical"] == [True]
    assert said["gaps"] == {
        "fails": ["error", "ValueError: down"],
        "waits": ["timeout", "missed its deadline of 15 s", "started"],
    }
    assert Path(f"{store}.cancelled").exists()
    reader = Store(store)
    reader.refresh()
    rows = reader.query("SELECT agent, tier, domain, model_calls FROM invocations ORDER BY agent").rows()
    assert ("finds", 2, "macro", 1) in rows
    assert len(rows) == 8
    assert reader.query("SELECT count(DISTINCT trace_id) FROM spans").item() == 1
