"""What the browser is told of a run."""

from dataclasses import replace

from tierscope.dashboard.components.waterfall import describe_waterfall
from tierscope.metrics.testing import RunBuilder, query_runs


def _describe(run: RunBuilder) -> dict[str, object]:
    return describe_waterfall(run.id, query_runs([run], ["invocations"])["invocations"])


def test_parents_are_rows_and_times_are_ms_since_the_first_start() -> None:
    run = RunBuilder()
    run.agent("root", ms=(100, 400))
    run.agent("leaf", "root", (150, 250))
    described = _describe(run)
    assert described["names"] == ["root", "leaf"]
    assert described["parents"] == [-1, 0]
    assert described["tiers"] == [0, 1]
    assert (described["starts"], described["ends"], described["span_ms"]) == ([0, 50], [300, 150], 300)
    assert described["durations"] == ["300 ms", "100 ms"]


def test_agent_at_work_ends_at_the_latest_time_known() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 0), status="running")
    run.agent("leaf", "root", (10, 90))
    run.invocations[0] = replace(run.invocations[0], ended_ns=None)
    assert _describe(run)["ends"] == [90, 90]


def test_orphans_stand_beside_the_root() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    run.agent("lost", "root", (0, 5), orphan=True)
    described = _describe(run)
    assert described["tiers"] == [0, None]


def test_run_without_times_has_no_bars_and_no_ticks() -> None:
    run = RunBuilder()
    run.agent("root")
    described = _describe(run)
    assert (described["starts"], described["ends"], described["ticks"], described["span_ms"]) == ([None], [None], [], 0)
    assert described["durations"] == ["—"]


def test_run_without_agents_has_no_rows() -> None:
    assert _describe(RunBuilder())["ids"] == []
