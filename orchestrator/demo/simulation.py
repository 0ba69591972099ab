"""Simulated waiting: what a source or a model would make an agent wait, scaled down, and how much of a run it was."""

import asyncio

from tierscope.errors import SettingsError
from tierscope.orchestrator.sources import RateLimit


class Simulation:
    """The clock of the simulated world, which runs ``scale`` times as fast as that of the event loop.

    Args:
        scale: seconds of the simulated world in one of ours.
    """

    def __init__(self, scale: float) -> None:
        if scale <= 0:
            raise SettingsError(f"a time scale of {scale:g} makes no sense: use more than 0, such as 60.")
        self.scale = scale
        self._clock = asyncio.get_running_loop().time
        self._waits: list[tuple[float, float]] = []
        self._started = self._clock()

    async def wait(self, seconds: float) -> None:
        """Wait ``seconds`` of the simulated world."""
        start = self._clock()
        try:
            await asyncio.sleep(seconds / self.scale)
        finally:
            self._waits.append((start, self._clock()))

    def rate_limit(self, per_minute: float) -> RateLimit:
        """The limit of a provider that grants so many requests in a minute of the simulated world."""
        return RateLimit(
            per_minute * self.scale, sleep=lambda seconds: self.wait(seconds * self.scale), clock=self._clock
        )

    def simulated_share(self) -> float:
        """Share of the time since the start in which at least one agent was waiting, 0 to 1."""
        elapsed = self._clock() - self._started
        covered, reached = 0.0, self._started
        for start, end in sorted(self._waits):
            covered += max(0.0, end - max(start, reached))
            reached = max(reached, end)
        return min(1.0, covered / elapsed) if elapsed > 0 else 0.0
