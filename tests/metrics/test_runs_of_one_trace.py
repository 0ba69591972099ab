"""Runs that share a trace: each is derived, and measured, by itself."""

from pathlib import Path

from tests.instrumentation.tiers.making import Made, agent, spans, tool
from tierscope.instrumentation.store import Store
from tierscope.metrics import load_frames


def case(number: int) -> Made:
    asked = {"gen_ai.tool.call.result": f"result {number}"}
    return agent(
        "boss", tool("search", **asked), agent("leaf", tool("read", **{**asked, "tierscope.source": "census"}))
    )


def test_each_run_has_its_own_agents_and_tool_calls_also_after_more_of_the_trace_arrived(tmp_path: Path) -> None:
    store = Store(tmp_path / "spans.duckdb")
    recorded = spans(Made("batch", {}, (case(1), case(2), case(3))))
    for arrived in (recorded[:-4], recorded[-4:]):
        store.append(arrived)
        store.refresh()
    runs = store.query("SELECT run_id, root_agent, agents, max_depth FROM runs").rows()
    assert sorted(run[1:] for run in runs) == [("boss", 2, 1)] * 3
    assert store.query("SELECT count(DISTINCT run_id) FROM trace_runs").item() == 3
    reads = load_frames(store, ["tool_reads"], None)["tool_reads"]
    assert sorted(reads.group_by("run_id").agg("result").get_column("result").to_list()) == [
        [f"result {number}"] * 2 for number in (1, 2, 3)
    ]
