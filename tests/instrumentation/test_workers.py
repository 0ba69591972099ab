"""Processes that derive side by side: the same rows, whatever happens to them, and none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from tests.instrumentation.making import make_span
from tierscope.instrumentation.columns import table_from_spans
from tierscope.instrumentation.derivation import Derivation, Rules
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.prices import load_prices
from tierscope.instrumentation.runs import Run
from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers import TierSettings, infer_runs
from tierscope.instrumentation.workers import start_workers

NEVER_S = 60.0
RULES = Rules(partial(infer_runs, settings=TierSettings()), load_prices(), silent_since_ns=0)
SPANS = [make_span(number=number, attributes={"gen_ai.operation.name": "invoke_agent"}) for number in range(3)]


def children() -> set[int]:
    """Processes that this one has started and not waited for."""
    lists = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    return {int(pid) for path in lists for pid in path.read_text(encoding="utf-8").split()}


def rows(derivation: Derivation) -> dict[str, object]:
    tables = {"extents": derivation.extents, "trace_runs": derivation.trace_runs, **derivation.tables}
    return {name: sorted(table.to_pylist(), key=str) for name, table in tables.items()}


def grouped(spans: Iterable[Span]) -> list[list[str]]:
    return [list(dict.fromkeys(span.trace_id for span in spans))]


def test_worker_derives_the_rows_that_this_process_would(shared: Path) -> None:
    own = Path(__file__).parent / "tiers" / "recordings"
    files = [*sorted((shared / "traces" / "frameworks").glob("*.otlp.json"))[::4], *sorted(own.rglob("*.json*"))[::8]]
    with start_workers(RULES) as workers:
        for file in files:
            spans = load_spans(file)
            workers[0].send(table_from_spans(spans), grouped(spans))
            wanted = RULES.derive(table_from_spans(spans), grouped(spans))
            assert rows(workers[0].receive()) == rows(wanted), file.name


@pytest.mark.parametrize("moment", ["before", "while"])
def test_killed_worker_costs_nothing_but_time(moment: str, caplog: pytest.LogCaptureFixture) -> None:
    before = children()
    with start_workers(RULES) as workers:
        started = children() - before
        assert len(started) == len(workers)
        for worker in workers if moment == "while" else ():
            worker.send(table_from_spans(SPANS), grouped(SPANS))
        for pid in started:
            os.kill(pid, signal.SIGKILL)
        for worker in workers if moment == "before" else ():
            worker.send(table_from_spans(SPANS), grouped(SPANS))
        wanted = rows(RULES.derive(table_from_spans(SPANS), grouped(SPANS)))
        assert [rows(worker.receive()) for worker in workers] == [wanted] * len(workers)
    assert not started & children(), "no zombie stays"
    assert "deriving goes on in fewer processes" in caplog.text


def test_rules_that_cannot_be_sent_hold_here(caplog: pytest.LogCaptureFixture) -> None:
    def infer(spans: Iterable[Span]) -> list[Run]:
        return infer_runs(spans)

    before = children()
    with start_workers(Rules(infer, load_prices(), silent_since_ns=0)) as workers:
        assert children() <= before
        workers[0].send(table_from_spans(SPANS), grouped(SPANS))
        assert workers[0].receive().runs == 1
    assert "deriving goes on in fewer processes" in caplog.text


START = """
import sys, time
from tests.instrumentation.test_workers import RULES, children
from tierscope.instrumentation.workers import start_workers
with start_workers(RULES):
    print(*children(), flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_the_process_that_started_them(how: signal.Signals) -> None:
    command = [sys.executable, "-c", START]
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as starter:
        assert starter.stdout is not None
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        assert pids
        starter.send_signal(how)
        starter.wait(NEVER_S)
    deadline_s = time.monotonic() + NEVER_S
    while any(is_running(pid) for pid in pids):
        assert time.monotonic() < deadline_s, "a worker was left behind"
        time.sleep(0.02)


def is_running(pid: int) -> bool:
    """False for a zombie too, which waits for the machine's first process and not for us."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
