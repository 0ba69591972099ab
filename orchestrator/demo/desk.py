"""What everyone in the bundled hierarchy works with: models that write, sources to read, the rule for signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from tierscope.instrumentation.testing import ScriptedModel, estimate_tokens
from tierscope.orchestrator.calls import current
from tierscope.orchestrator.demo.analysis import Measurement, measure_notes, measure_series
from tierscope.orchestrator.demo.registry import (
    Protection,
    Registry,
    Scenario,
    SourceEntry,
    load_notes,
    load_series,
)
from tierscope.orchestrator.demo.simulation import Simulation
from tierscope.orchestrator.demo.writing import sentence
from tierscope.orchestrator.messages import Message, Result, Signal
from tierscope.orchestrator.sources import Source, Sources

_ANSWER_TOKENS = 600
"""Set aside for the answer of a model call before it is made."""


class Findings(Message):
    """The data behind a text: what it still holds."""

    measurements: tuple[Measurement, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """What everyone in the hierarchy works with."""

    registry: Registry
    scenario: Scenario
    protection: Protection
    simulation: Simulation

    async def write(self, model: str, kind: str, prompt: str, answer: str) -> str:
        """Let the simulated model ``model`` answer ``prompt``; it always says ``answer``."""
        scripted = ScriptedModel(
            [answer],
            model=model,
            provider="simulated",
            latency_s=self.registry.model_latency_s[kind],
            sleep=self.simulation.wait,
        )
        with current().reserve(tokens=estimate_tokens(prompt) + _ANSWER_TOKENS) as hold:
            reply = await scripted.generate(prompt)
            hold.settle(tokens=reply.input_tokens + reply.output_tokens)
        return reply.text

    def connect(self, sources: Sequence[SourceEntry]) -> Sources:
        """The data sources as the core knows them: each with its provider, that one's rate limit, and a cost."""
        rates = {**self.registry.rate_limits, **self.scenario.rate_limits}
        return Sources(
            [
                Source(
                    source.source,
                    partial(self._fetch, source),
                    domain=source.domain,
                    provider=source.provider,
                    cost_usd=source.cost_usd,
                    description=source.subject,
                )
                for source in sources
            ],
            limits={provider: self.simulation.rate_limit(per_minute) for provider, per_minute in rates.items()},
        )

    async def _fetch(self, source: SourceEntry) -> Result:
        """Fetch one source and measure it."""
        await self.simulation.wait(source.latency_s)
        if source.measure == "text":
            found = measure_notes(source, load_notes()[source.data])
        else:
            found = [measure_series(source, load_series()[source.data])]
        return Result(text="\n".join(sentence(each) for each in found), value=Findings(measurements=tuple(found)))

    def signal(self, found: Measurement) -> Signal:
        """A measurement as a signal; critical where it holds one of the registry's terms."""
        text = sentence(found)
        return Signal(
            text=text,
            critical=any(term in text for term in self.registry.critical_terms),
            value=None if found.measure == "text" else round(found.value, 4),
            unit=None if found.measure == "text" else found.unit,
            confidence=0.9 if found.measure == "text" else 0.8,
            source=found.source,
        )
