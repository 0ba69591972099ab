"""What a run says of itself and what tier inference makes of its spans are the same; and Ctrl-C leaves no loose end."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.tiers import infer_runs
from tierscope.orchestrator.demo import DemoResult

RUN_DEMO = """
import pickle, sys
from tierscope.instrumentation import configure
from tierscope.orchestrator.demo import run_demo
processor = configure(sys.argv[1], project="research", version="1.2")
result = run_demo(sys.argv[2], scale=200)
assert processor.force_flush()
pickle.dump(result, open(sys.argv[1] + ".result", "wb"))
"""


def recorded_demo(store: Path, scenario: str) -> tuple[DemoResult, Run]:
    """Run a scenario in a process of its own, and derive the run from what was stored."""
    import pickle

    subprocess.run([sys.executable, "-c", RUN_DEMO, str(store), scenario], check=True, timeout=120)
    result: DemoResult = pickle.loads(Path(f"{store}.result").read_bytes())
    assert result.report.run_id is not None
    reader = Store(store)
    reader.refresh()
    (run,) = infer_runs(reader.load_spans([result.report.run_id]))
    return result, run


@pytest.mark.parametrize("scenario", ["baseline", "bottleneck", "spawn-storm"])
def test_derived_run_agrees_with_the_report(tmp_path: Path, scenario: str) -> None:
    result, run = recorded_demo(tmp_path / "runs.duckdb", scenario)
    report = result.report
    assert (run.label, run.project, run.version, run.task_type) == (scenario, "research", "1.2", "equity_research")
    assert len(run.invocations) == report.agents
    assert all(invocation.tier_source == "declared" for invocation in run.invocations)
    assert max(invocation.tier or 0 for invocation in run.invocations) == report.max_depth
    assert run.spawn_limit == result.scenario.protected.spawn_depth
    assert [(gap.member, gap.status) for gap in run.gaps] == [
        (gap.token.member, gap.token.status) for gap in report.gaps
    ]
    assert len(run.refusals) == len(report.refusals)
    assert [(check.hash, check.verified) for check in run.critical_checks] == [
        (kept.signal.hash, kept.verified) for kept in report.critical
    ]
    spent = sum((call.input_tokens or 0) + (call.output_tokens or 0) for call in run.model_calls)
    assert spent <= report.tokens  # a call that a deadline cut off is booked as it was reserved
    assert spent == report.tokens or report.gaps
    domains = {invocation.agent: invocation.domain for invocation in run.invocations if invocation.tier == 2}
    assert domains["gdp-analyst"] == "macro"


RUN_AND_WAIT = """
import asyncio, sys
from tierscope.instrumentation import configure
from tierscope.orchestrator import Agent, Orchestrator, run_sync
configure(sys.argv[1])
async def quick(task):
    return "done"
async def slow(task):
    print("waiting", flush=True)
    await asyncio.sleep(3600)
run_sync(Orchestrator("root", [Orchestrator("lead", [Agent("quick", quick), Agent("slow", slow)])]), "x")
"""


def test_ctrl_c_ends_every_agent_and_every_span_reaches_the_store(tmp_path: Path) -> None:
    store = tmp_path / "runs.duckdb"
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_AND_WAIT, str(store)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "waiting\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert "KeyboardInterrupt" in errors
    reader = Store(store)
    reader.refresh()
    rows = reader.query(
        "SELECT agent, status, ended_ns IS NOT NULL AS ended, output FROM invocations ORDER BY agent"
    ).rows()
    assert rows == [
        ("lead", "cancelled", True, None),
        ("quick", "ok", True, "done"),
        ("root", "cancelled", True, None),
        ("slow", "cancelled", True, None),
    ]
