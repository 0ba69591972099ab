"""An event loop whose clock jumps to the next timer: minutes of waiting take no time, and no machine is too slow."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

R = TypeVar("R")


STUCK_AFTER_S = 60
"""Of real time, for threads that may still have something to say."""


class _JumpingSelector(selectors.DefaultSelector):
    """Moves the clock on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(STUCK_AFTER_S if timeout is None else 0)
        if timeout is None and not ready:
            raise RuntimeError("everything waits, and no timer is set: nothing will ever happen")
        if timeout is not None and timeout > 0 and not ready:
            self.now_s += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Runs timers in their order, at once; for code that waits by the loop alone, not for threads or processes."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now_s


def run_in_virtual_time(main: Coroutine[Any, Any, R]) -> R:
    """``asyncio.run`` on such a loop."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
