"""Simulated waiting: what a source or a model would make an agent wait, scaled down, and how much of a run it was."""

import asyncio
import time

from tierscope.errors import SettingsError


class Simulation:
    """The clock of the simulated world, which runs ``scale`` times as fast as ours.

    Args:
        scale: seconds of the simulated world in one of ours.
        rate_limits: requests a minute of the simulated world, by provider; the others have no limit.
    """

    def __init__(self, scale: float, rate_limits: dict[str, float]) -> None:
        if scale <= 0:
            raise SettingsError(f"a time scale of {scale:g} makes no sense: use more than 0, such as 60.")
        self.scale = scale
        self._intervals_s = {provider: 60 / per_minute for provider, per_minute in rate_limits.items()}
        self._free_at: dict[str, float] = {}
        self._waits: list[tuple[float, float]] = []
        self._started = time.perf_counter()

    async def wait(self, seconds: float) -> None:
        """Wait ``seconds`` of the simulated world."""
        start = time.perf_counter()
        try:
            await asyncio.sleep(seconds / self.scale)
        finally:
            self._waits.append((start, time.perf_counter()))

    async def take_turn(self, provider: str) -> None:
        """Wait until ``provider`` grants a request."""
        interval_s = self._intervals_s.get(provider)
        if interval_s is None:
            return
        now = time.perf_counter()
        turn = max(now, self._free_at.get(provider, now))
        self._free_at[provider] = turn + interval_s / self.scale
        await self.wait((turn - now) * self.scale)

    def simulated_share(self) -> float:
        """Share of the time since the start in which at least one agent was waiting, 0 to 1."""
        elapsed = time.perf_counter() - self._started
        covered, reached = 0.0, self._started
        for start, end in sorted(self._waits):
            covered += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return min(1.0, covered / elapsed) if elapsed > 0 else 0.0
