"""An event loop whose time jumps to the next thing to do: schedules come out exact, and nobody waits for them."""

import asyncio
import selectors
import time
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tierscope.instrumentation.testing import recorded

T = TypeVar("T")

EPOCH_NS = 1_700_000_000_000_000_000


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: where it would wait for a timer, its clock moves on to that timer."""

    def __init__(self) -> None:
        self.now_ns = EPOCH_NS
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Seconds, in whole nanoseconds, so that equal waits end at the same moment."""
        return (self.now_ns - EPOCH_NS) / 1e9

    def read_ns(self) -> int:
        """The clock that spans are recorded by."""
        return self.now_ns


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everybody waits for somebody, and no timer is set: this run would never end")
        self._loop.now_ns += round(timeout * 1e9)
        return super().select(0)


@contextmanager
def virtual_time() -> Generator[tuple[VirtualLoop, InMemorySpanExporter], None, None]:
    """A virtual loop, and an exporter of what is recorded by its clock inside the block; only async code may run."""
    loop = VirtualLoop()
    with (
        recorded(clock=loop.read_ns) as exporter,
        patch.object(time, "perf_counter_ns", loop.read_ns),
        patch.object(time, "perf_counter", loop.time),
    ):
        yield loop, exporter
    loop.close()


def run_virtually(loop: VirtualLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    """Run to the end, in no time."""
    return loop.run_until_complete(coroutine)
