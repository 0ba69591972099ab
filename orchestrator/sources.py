"""Data sources: a registry entry, a rate limit and a cost for each, and a recorded call whenever one is read.

sources = Sources(
[Source("us-gdp", fetch_gdp, domain="macro", provider="statistics-office", cost_usd=0.01)],
limits={"statistics-office": RateLimit(per_minute=30)},
)
run_sync(root, "Is ACME a buy?", sources=sources)  # in an agent:  await current().read("us-gdp")
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tierscope.errors import SettingsError, UnknownNameError
from tierscope.instrumentation.calls import tool_call
from tierscope.orchestrator.limits import Slots
from tierscope.orchestrator.messages import Result

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

Read: TypeAlias = Callable[..., Awaitable[object] | object]
"""Fetches from a source, given the arguments of ``current().read``; sync callables run in a thread."""


_ROUNDING: Final = 1e-9
"""Part of a token that a clock may be too coarse to wait for."""


class RateLimit:
    """A token bucket: requests pass in the order of priority, then of asking; who gives up holds up nobody.

    It may serve several sources and several runs.

    Args:
        per_minute: requests granted in the long run.
        burst: requests granted at once after a pause.
        sleep: how to wait, in seconds.
        clock: what time it is, in seconds.
    """

    def __init__(
        self,
        per_minute: float,
        burst: int = 1,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if per_minute <= 0 or burst < 1:
            raise SettingsError(f"a rate of {per_minute:g} a minute in bursts of {burst} lets nothing pass: use more.")
        self._per_s = per_minute / 60
        self._burst = burst
        self._sleep = sleep
        self._tokens = float(burst)
        self._clock = clock
        self._filled_at = clock()
        self._first = Slots(1)

    async def acquire(self, priority: int = 0) -> None:
        """Wait for one request to be granted."""
        await self._first.acquire(priority)
        try:
            while (lacking := 1 - self._fill()) > _ROUNDING:
                await self._sleep(lacking / self._per_s)
            self._tokens -= 1
        finally:
            self._first.release()

    def _fill(self) -> float:
        """Tokens in the bucket by now."""
        now = self._clock()
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled_at) * self._per_s)
        self._filled_at = now
        return self._tokens


@dataclass(frozen=True, slots=True)
class Source:
    """The registry entry of a data source."""

    name: str
    fetch: Read
    domain: str | None = None
    provider: str | None = None
    """Who serves it; sources of one provider share its rate limit."""
    cost_usd: float = 0.0
    """Of one request; booked on the budgets of whoever reads it."""
    description: str = ""
    """What it holds, for planners that choose."""


class Sources:
    """The data sources of a run: iterate over it for the entries.

    Args:
        entries: the sources.
        limits: rate limits by provider; a provider without one is not limited.

    Raises:
        SettingsError: two sources have the same name.
    """

    def __init__(self, entries: Iterable[Source], limits: Mapping[str, RateLimit] | None = None) -> None:
        self._limits = dict(limits or {})
        self._entries: dict[str, Source] = {}
        for entry in entries:
            if entry.name in self._entries:
                raise SettingsError(f"two data sources are called {entry.name!r}: give each a name of its own.")
            self._entries[entry.name] = entry

    def __iter__(self) -> Iterator[Source]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, name: str) -> Source:
        entry = self._entries.get(name)
        if entry is None:
            raise UnknownNameError(f"there is no data source {name!r}: use one of {', '.join(self._entries)}.")
        return entry

    async def read(self, call: "Call", name: str, arguments: Mapping[str, Any]) -> object:
        """Read one source on behalf of ``call``: wait for its provider, set its cost aside, fetch, record.

        Raises:
            UnknownNameError: there is no such source.
            BudgetExceededError: its cost does not fit into what is left.
        """
        source = self[name]
        limit = None if source.provider is None else self._limits.get(source.provider)
        with tool_call(
            "read_source", arguments={"source": name, **arguments}, source=name, provider=source.provider
        ) as tool:
            if limit is not None:
                asked_s = call.run.loop.time()
                try:
                    await limit.acquire(call.task.priority)
                finally:
                    tool.waited_ms = (call.run.loop.time() - asked_s) * 1000
            with call.reserve(usd=source.cost_usd):
                tool.cost_usd = source.cost_usd
                found = await call.run.ask(source.fetch, **arguments)
            tool.result = found.text if isinstance(found, Result) else found
        return found
