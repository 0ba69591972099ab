"""How large a run may grow, and the slots that leaves wait for."""

import asyncio
import heapq
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

from tierscope.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run; set at the root and valid for the whole tree."""

    depth: int = 3
    """Deepest tier that may be spawned; the root is 0."""
    agents: int | None = None
    """Invocations in the run, retries included."""
    fan_out: int | None = None
    """Members that one orchestrator may have started in all."""
    concurrency: int | None = None
    """Leaves at work at the same time."""
    on_limit: Literal["refuse", "fail"] = "refuse"
    """``refuse``: who spawns gets a refusal as the result and goes on; ``fail``: the run ends with an error."""

    def __post_init__(self) -> None:
        for name in ("depth", "agents", "fan_out", "concurrency"):
            value = getattr(self, name)
            least = 0 if name == "depth" else 1
            if value is not None and value < least:
                raise SettingsError(f"limit {name}={value} lets nothing run: use {least} or more.")


class Slots:
    """A number of slots, given to waiters by priority, then by order of asking."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._turns = count()

    async def acquire(self, priority: int = 0) -> None:
        """Take a slot, waiting for one where none is free."""
        if self._free > 0:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (-priority, next(self._turns), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release()
            raise

    def release(self) -> None:
        """Give the slot to the next waiter."""
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Seat:
    """What a leaf occupies while it works: one of every kind of slot.

    Args:
        slots: the run's, and those of the pool that it shares; everybody takes them in this order, so that two takers
            cannot block each other.
        priority: higher is served first.
        on_taken: told how long it waited, in milliseconds.
    """

    def __init__(self, slots: Sequence[Slots], priority: int, on_taken: Callable[[float], None]) -> None:
        self._slots = slots
        self._priority = priority
        self._on_taken = on_taken
        self._held = 0

    async def __aenter__(self) -> None:
        await self._take()

    async def __aexit__(self, *_raised: object) -> None:
        self._give()

    @asynccontextmanager
    async def lent(self) -> AsyncGenerator[None, None]:
        """Inside the block the leaf waits for others, who may use its slots; then it waits for slots again."""
        self._give()
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException:
            await self._take()
            raise
        await self._take()

    async def _take(self) -> None:
        loop = asyncio.get_running_loop()
        asked_s = loop.time()
        try:
            for each in self._slots:
                await each.acquire(self._priority)
                self._held += 1
        except asyncio.CancelledError:
            self._give()
            raise
        self._on_taken((loop.time() - asked_s) * 1000)

    def _give(self) -> None:
        for each in self._slots[: self._held]:
            each.release()
        self._held = 0


@dataclass(slots=True)
class Pool:
    """Limits that several concurrent runs share: pass the same pool to each."""

    concurrency: int | None = None
    """Leaves at work at the same time, over all runs."""
    agents: int | None = None
    """Invocations running at the same time, over all runs."""
    running: int = 0
    """Invocations running now."""
    slots: Slots | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.slots = None if self.concurrency is None else Slots(self.concurrency)
