"""Long work leaves the store to others: in the middle of it, pages, commands, recorders and drainers are served.

Nothing here is timed. The long work is a process that stands still between two pages until the test lets it go on: were
it to hold a session then, whoever needs the store would run into the deadline of its lock.
"""

import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.instrumentation.upkeep.test_pruning import make_agent
from tierscope.instrumentation.semconv import EVENT_SIGNAL, SIGNAL_TEXT
from tierscope.instrumentation.spans import SpanEvent
from tierscope.instrumentation.store import Store

WORKER = Path(__file__).with_name("long_worker.py")
ROOT = Path(__file__).resolve().parents[3]
SPANS = 24


class LongWork:
    """A process that stands still after every page."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.pages = 0

    def is_paused(self) -> bool:
        """Wait until it stands still or is done; whether it stands still."""
        assert self._process.stdout is not None
        paused = self._process.stdout.readline() == "paused\n"
        self.pages += paused
        return paused

    def go_on(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()


@contextmanager
def working(role: str, store: Store) -> Generator[LongWork]:
    """Long work in the middle of its first page; it is let go on to its end when the block is over."""
    command = [sys.executable, str(WORKER), role, str(store.path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        work = LongWork(process)
        assert work.is_paused(), "it did not begin"
        yield work
        work.go_on()
        while work.is_paused():
            work.go_on()
        assert process.wait(60) == 0


@pytest.fixture
def recorded(tmp_path: Path) -> Store:
    """Two runs: a parent and many children, with a signal each."""
    store = Store(tmp_path / "spans.duckdb")
    for trace in (1, 2):
        parent, *children = (make_agent(trace, 100 * trace + number) for number in range(SPANS // 2))
        signal = (SpanEvent(EVENT_SIGNAL, parent.start_ns, {SIGNAL_TEXT: "Revenue fell by 3 % in the quarter."}),)
        store.append([parent])
        store.append([replace(child, parent_span_id=parent.span_id, events=signal) for child in children])
    store.refresh()
    return store


def count(store: Store) -> int:
    return int(store.query("SELECT count(*) FROM spans").item())


@pytest.mark.parametrize("role", ["parquet", "score", "merge"])
def test_others_read_record_and_drain_while_long_work_reads(recorded: Store, role: str) -> None:
    with working(role, recorded) as work:
        for number in range(3):
            assert count(recorded) == SPANS + number
            recorded.append([make_agent(9, 9000 + number)])
            assert recorded.refresh() == 1, "even a writer, which needs the database for itself, gets it"
            if number == 1 and role != "score":
                work.go_on()
                assert work.is_paused()
    assert count(recorded) == SPANS + 3


@pytest.mark.parametrize("role", ["prune", "copy"])
def test_others_read_and_record_while_the_file_is_rewritten(recorded: Store, role: str) -> None:
    left = SPANS // 2 if role == "prune" else SPANS
    with working(role, recorded) as work:
        for number in range(3):
            assert count(recorded) == left
            recorded.append([make_agent(9, 9000 + number)])
            work.go_on()
            assert work.is_paused()
    assert work.pages > 5
    assert recorded.refresh() == 3, "what was recorded meanwhile waited in the spool"
    assert count(recorded) == left + 3


def test_commands_answer_in_the_middle_of_an_export_and_of_a_pruning(recorded: Store) -> None:
    def list_runs() -> tuple[int, str]:
        command = [sys.executable, "-m", "tierscope", "runs", "--json", "--store", str(recorded.path)]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return len(json.loads(ended.stdout)), ended.stderr

    with working("parquet", recorded):
        assert list_runs() == (2, "")
    with working("prune", recorded):
        recorded.append([make_agent(9, 9000)])
        runs, said = list_runs()
    assert runs == 1
    assert said == "tierscope: the store is being rewritten; what still waits in its spool is not shown.\n"
    assert list_runs() == (2, "")
