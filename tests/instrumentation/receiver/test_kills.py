"""A collector that is killed at random moments under load loses and repeats nothing that it has acknowledged."""

import itertools
import os
import random
import signal
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.instrumentation.receiver.conftest import DEADLINE_S, PROTOBUF, Collector, make_body
from tierscope.instrumentation.store import Store

SENDERS = 3
SPANS = 20
KILLS = 10


class _Sender(threading.Thread):
    """Sends requests one after another until the collector is gone, and remembers what was acknowledged."""

    def __init__(self, port: int, numbers: "itertools.count[int]") -> None:
        super().__init__()
        self.acknowledged: list[str] = []
        self._port = port
        self._numbers = numbers

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=DEADLINE_S)
        with suppress(OSError, HTTPException):  # the collector is dead: what was under way is not acknowledged
            while True:
                ids = list(itertools.islice(self._numbers, SPANS))
                connection.request("POST", "/v1/traces", make_body(*ids, text="x" * 500), {"Content-Type": PROTOBUF})
                response = connection.getresponse()
                response.read()
                assert response.status == 200
                self.acknowledged += (f"{number:016x}" for number in ids)
        connection.close()


def _followers(collector: int) -> list[Path]:
    """The processes that bring the store up to date for a collector; multiprocessing has one of its own beside them."""
    lists = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{collector}/task").glob("*/children")]
    children = [Path("/proc", number) for number in " ".join(lists).split()]
    return [child for child in children if b"spawn_main" in (child / "cmdline").read_bytes()]


def _kill(processes: list[Path]) -> None:
    for process in processes:
        os.kill(int(process.name), signal.SIGKILL)


def test_killed_follower_is_replaced(tmp_path: Path) -> None:
    with Collector(tmp_path) as collector:
        deadline = time.monotonic() + DEADLINE_S
        while not (first := _followers(collector.process.pid)) and time.monotonic() < deadline:
            time.sleep(0.01)
        _kill(first)
        assert collector.send(make_body(1)).status == 200
        while not collector.store.path.exists():
            assert time.monotonic() < deadline, "nobody stores what is acknowledged"
            time.sleep(0.05)


def test_kills_under_load_lose_and_repeat_nothing_and_leave_no_process(tmp_path: Path) -> None:
    dice = random.Random(20_261_120)
    numbers = [itertools.count(1 + (index << 32)) for index in range(SENDERS)]
    acknowledged: list[str] = []
    followers: list[Path] = []
    for _ in range(KILLS):
        with Collector(tmp_path) as collector:
            senders = [_Sender(collector.port, own) for own in numbers]
            for sender in senders:
                sender.start()
            deadline = time.monotonic() + DEADLINE_S
            while not all(sender.acknowledged for sender in senders) and time.monotonic() < deadline:
                time.sleep(0.01)
            time.sleep(dice.uniform(0.0, 0.5))  # the moment of death, not a wait for something
            followers += (own := _followers(collector.process.pid))
            if dice.random() < 0.5:
                _kill(own)
            collector.process.kill()
            for sender in senders:
                sender.join()
                assert sender.acknowledged
                acknowledged += sender.acknowledged
    store = Store(tmp_path / "tierscope.duckdb")
    store.refresh()
    stored = list(store.query("SELECT span_id FROM spans")["span_id"])
    assert len(set(stored)) == len(stored), "a span is there twice"
    assert set(acknowledged) <= set(stored), "an acknowledged span is missing"
    assert store.spool.list_quarantined() == []
    deadline = time.monotonic() + DEADLINE_S
    while any(follower.exists() for follower in followers):
        assert time.monotonic() < deadline, "a follower outlived its collector"
        time.sleep(0.05)
