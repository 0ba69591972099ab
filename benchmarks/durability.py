"""Kill -9 at random moments under load: ``python benchmarks/durability.py [KILLS] [SEED]``.

At work on one store are ``tierscope collect`` with the process beside it that brings the store up to date, two senders
to it, another process that drains the spool, and an agent's process that records. One of the four processes
is killed at a time, at a seeded random moment, and started again. At the end every span that was acknowledged, to a
sender by a 200 or to the agent by a flush, has to be in the store, once. Exit code 1 where one is missing or there
twice.
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider

from tierscope.errors import StoreLockedError
from tierscope.instrumentation.processor import StoreSpanProcessor
from tierscope.instrumentation.store import Store

KILLS: Final = 100
SEED: Final = 20_261_120
SENDERS: Final = 2
BODY_SPANS: Final = 40
PAUSE_S: Final = 0.02
"""Between two requests or two runs of the agent, so that the store is small enough to be looked through at the end."""
LONGEST_LIFE_S: Final = 0.6
START_WITHIN_S: Final = 120.0
STORED_KEYS: Final = "SELECT trace_id || ':' || span_id AS key, count(*) AS n FROM spans WHERE end_ns > 0 GROUP BY key"


class Program:
    """A process whose complete output lines are collected; a line tells that it is at work."""

    def __init__(self, *arguments: str, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.lines: list[str] = []
        self._started = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def wait(self) -> str:
        """The first line.

        Raises:
            RuntimeError: the process ended by itself, or printed nothing.
        """
        if not self._started.wait(START_WITHIN_S) or not self.lines:
            raise RuntimeError(f"{self._process.args!r} printed nothing, and ended with {self._process.poll()}")
        return self.lines[0]

    def kill(self) -> None:
        """End the process at once, and collect what it has printed."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        if self._process.stdout is not None:
            for line in self._process.stdout:
                if line.endswith("\n"):
                    self.lines.append(line)
                    self._started.set()
        self._started.set()


class Load:
    """Everything at work on one store, of which each part can be killed and started again.

    Args:
        folder: where the store is made.
    """

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "tierscope.duckdb")
        self.acknowledged: list[str] = []
        self._folder = folder
        self._own = str(Path(__file__).resolve())
        self._is_over = threading.Event()
        self._port = 0
        self._programs = {name: self._start(name) for name in ("receiver", "drainer", "agent")}
        self._senders = [threading.Thread(target=self._send, args=(number,)) for number in range(SENDERS)]

    def __enter__(self) -> Self:
        for name in self._programs:
            self._await(name)
        for sender in self._senders:
            sender.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for sender in self._senders:
            sender.join()
        for name, program in self._programs.items():
            program.kill()
            self._collect(name, program)

    def kill(self, name: str) -> None:
        """Kill one process and start another in its place."""
        if name == "follower":  # the collector replaces it by itself
            with suppress(ProcessLookupError, FileNotFoundError):  # it was about to end by itself
                for pid in _children(self._programs["receiver"].pid):
                    os.kill(pid, signal.SIGKILL)
            return
        program = self._programs[name]
        program.kill()
        self._collect(name, program)
        self._programs[name] = self._start(name)
        self._await(name)

    def _start(self, name: str) -> Program:
        if name == "receiver":
            return Program("-m", "tierscope", "collect", "--port", "0", "--no-grpc", folder=self._folder)
        return Program(self._own, name, str(self.store.path), folder=self._folder)

    def _await(self, name: str) -> None:
        line = self._programs[name].wait()
        if name == "receiver":
            address = line.partition("OTEL_EXPORTER_OTLP_ENDPOINT=")[2].split()[0]
            self._port = int(address.rpartition(":")[2])

    def _collect(self, name: str, program: Program) -> None:
        if name == "agent":
            self.acknowledged += (key for line in program.lines for key in line.split())

    def _send(self, number: int) -> None:
        numbers = itertools.count(1 + (number << 48))
        while not self._is_over.is_set():
            connection = HTTPConnection("127.0.0.1", self._port, timeout=START_WITHIN_S)
            with suppress(OSError, HTTPException):  # the collector is dead: what was under way is not acknowledged
                while not self._is_over.wait(PAUSE_S):
                    body, keys = make_body(next(numbers))
                    connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
                    answer = connection.getresponse()
                    answer.read()
                    if answer.status == 200:
                        self.acknowledged += keys
            connection.close()
            self._is_over.wait(PAUSE_S)


def make_body(number: int) -> tuple[bytes, list[str]]:
    """One trace of an agent and its steps, and the keys of its spans."""
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    trace_id = number.to_bytes(16)
    now_ns = time.time_ns()
    for place in range(1, BODY_SPANS + 1):
        span = scope.spans.add(
            trace_id=trace_id,
            span_id=place.to_bytes(8),
            parent_span_id=b"" if place == 1 else (1).to_bytes(8),
            name="step",
            start_time_unix_nano=now_ns,
            end_time_unix_nano=now_ns + 10**6,
        )
        span.attributes.add(key="gen_ai.operation.name").value.string_value = "invoke_agent" if place == 1 else "chat"
        span.attributes.add(key="text").value.string_value = "x" * 500
    return request.SerializeToString(), [f"{trace_id.hex()}:{place:016x}" for place in range(1, BODY_SPANS + 1)]


def record(path: Path) -> None:
    """The agent's process: record for ever, and print the key of each span once it is acknowledged."""
    processor = StoreSpanProcessor(path)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("durability")
    attributes = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "worker"}
    while True:
        keys: list[str] = []
        with tracer.start_as_current_span("invoke_agent worker", attributes=attributes) as root:
            trace_id = f"{root.get_span_context().trace_id:032x}"
            keys.append(f"{trace_id}:{root.get_span_context().span_id:016x}")
            for _ in range(20):
                with tracer.start_as_current_span("step", attributes={"text": "x" * 200}) as span:
                    keys.append(f"{trace_id}:{span.get_span_context().span_id:016x}")
        if processor.force_flush():
            print(*keys, flush=True)
        time.sleep(PAUSE_S)


def drain(path: Path) -> None:
    """A process that stores what waits in the spool for ever."""
    store = Store(path)
    while True:
        with suppress(StoreLockedError):  # the collector's own process is at it
            store.drain()
        print("drained", flush=True)
        time.sleep(PAUSE_S)


ROLES: Final[dict[str, Callable[[Path], None]]] = {"agent": record, "drainer": drain}
VICTIMS: Final = ("receiver", "follower", "drainer", "agent")


def run(kills: int, seed: int) -> bool:
    """Kill, count, and print; returns whether nothing is missing and nothing there twice."""
    dice = random.Random(seed)
    killed: Counter[str] = Counter()
    began_s = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with Load(folder) as load:
            for _ in range(kills):
                time.sleep(dice.uniform(0.0, LONGEST_LIFE_S))  # the moment of death, not a wait for something
                victim = dice.choice(VICTIMS)
                load.kill(victim)
                killed[victim] += 1
        worked_s = time.monotonic() - began_s
        load.store.refresh()
        stored = dict(load.store.query(STORED_KEYS).iter_rows())
        quarantined = len(load.store.spool.list_quarantined())
    wanted = set(load.acknowledged)
    missing = len(wanted - stored.keys())
    twice = sum(number > 1 for number in stored.values())
    print(
        f"{kills} kills -9 in {worked_s:.0f} s, seed {seed}: " + ", ".join(f"{n} {name}" for name, n in killed.items())
    )
    print(f"acknowledged {len(wanted):,}   found {len(wanted) - missing:,}   missing {missing}   twice {twice}")
    print(f"stored besides, sent but not acknowledged {len(stored.keys() - wanted):,}   quarantined {quarantined}")
    return bool(wanted) and not missing and not twice and not quarantined


def _children(pid: int) -> list[int]:
    """Processes that another has started, without the resource tracker of multiprocessing."""
    lists = [path.read_text(encoding="utf-8") for path in Path(f"/proc/{pid}/task").glob("*/children")]
    found = [int(number) for number in " ".join(lists).split()]
    return [one for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes()]


def main(arguments: Sequence[str]) -> int:
    """Run as the benchmark, or as one of its processes."""
    if arguments and arguments[0] in ROLES:
        ROLES[arguments[0]](Path(arguments[1]))
    numbers = [int(argument) for argument in arguments]
    return 0 if run(*(numbers + [KILLS, SEED][len(numbers) :])) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
