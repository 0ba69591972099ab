"""Whoever dies, and whenever: what was acknowledged is in the store afterwards, once."""

import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

from tierscope.instrumentation.store import Store

WORKER = Path(__file__).with_name("durability_worker.py")
DEADLINE_S = 120.0


class Worker:
    """A process whose complete output lines are collected until it is killed."""

    def __init__(self, role: str, path: Path) -> None:
        self.lines: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), role, str(path)], stdout=subprocess.PIPE, text=True
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.lines.append(line)

    def wait_for_output(self) -> None:
        deadline = time.monotonic() + DEADLINE_S
        while not self.lines:
            assert self._process.poll() is None, "the worker died by itself"
            assert time.monotonic() < deadline, "the worker printed nothing"
            time.sleep(0.01)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        assert self._process.stdout is not None
        self._process.stdout.close()


def test_ten_kills_of_recorder_and_drainer_lose_and_repeat_nothing(tmp_path: Path) -> None:
    path = tmp_path / "spans.duckdb"
    dice = random.Random(20_240_607)
    acknowledged: list[str] = []
    for _ in range(10):
        with Worker("record", path) as recorder, Worker("drain", path) as drainer:
            recorder.wait_for_output()
            drainer.wait_for_output()
            victims = [recorder, drainer]
            dice.shuffle(victims)
            for victim in victims:
                time.sleep(dice.uniform(0.0, 0.3))  # the moment of death, not a wait for something
                victim.kill()
        acknowledged += (span_id for line in recorder.lines for span_id in line.split())

    store = Store(path)
    store.refresh()
    stored = store.query("SELECT span_id, count(*) AS n, count(end_ns) AS ended FROM spans GROUP BY span_id")
    assert stored.filter(stored["n"] > 1).is_empty(), "a span is there twice"
    assert len(acknowledged) > 1000
    ended = set(stored.filter(stored["ended"] == 1)["span_id"])
    assert not set(acknowledged) - ended, "an acknowledged span is missing"
    assert store.spool.list_segments() == []
    assert store.spool.list_quarantined() == []
    assert store.query("SELECT count(*) FROM stale_traces").item() == 0
