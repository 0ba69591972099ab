"""The members of the bundled hierarchy: what specialists, domain leads and the director do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from tierscope.instrumentation import semconv
from tierscope.orchestrator.calls import current
from tierscope.orchestrator.demo.analysis import Measurement
from tierscope.orchestrator.demo.desk import Desk, Findings
from tierscope.orchestrator.demo.registry import SourceEntry
from tierscope.orchestrator.demo.writing import sentence, summarize
from tierscope.orchestrator.members import Agent
from tierscope.orchestrator.messages import Brief, Conflict, FailureToken, Joined, Result, Synthesis, Task

_UNSURE = 1.0
"""Below so many standard deviations of its mean a reading is ambiguous."""


@dataclass(frozen=True, slots=True)
class Specialist:
    """A leaf: reads its sources one after another, measures them and reports every figure exactly."""

    desk: Desk
    name: str
    sources: Sequence[SourceEntry]

    async def work(self, task: Task) -> Result:
        """Report on ``sources``; in a spawn storm also spawn more specialists where the readings are ambiguous."""
        found: list[Measurement] = []
        for number, source in enumerate(self.sources, start=1):
            reading = await current().read(source.source)
            read: Sequence[Measurement] = reading.value.measurements
            found.extend(read)
            self._secure(read)
            current().report(progress=number / (len(self.sources) + 1))
        text = " ".join(sentence(each) for each in found)
        prompt = f"{task.brief}\nReadings:\n" + "\n".join(sentence(each) for each in found)
        text = await self.desk.write(self.desk.registry.specialist_model, "analyse", prompt, text)
        await self._investigate_further(found)
        return Result(
            text=text,
            value=Findings(measurements=tuple(found)),
            confidence=0.8,
            source=", ".join(source.source for source in self.sources),
            signals=tuple(self.desk.signal(each) for each in found),
        )

    def _secure(self, read: Sequence[Measurement]) -> None:
        """Hand up at once what must not wait for the report: critical signals, and the reading as a partial result."""
        for each in read:
            signal = self.desk.signal(each)
            if signal.critical:
                current().signal(signal)
            current().push(Result(text=signal.text, value=Findings(measurements=(each,)), source=each.source))

    async def _investigate_further(self, found: Sequence[Measurement]) -> None:
        storm = self.desk.scenario.storm
        unsure = [each for each in found if abs(each.unusual) < _UNSURE]
        if storm is None or not unsure or current().domain != storm.domain:
            return
        again = [source for source in self.sources if source.source == unsure[0].source]
        names = [f"{self.name}.{number}" for number in range(1, storm.branches + 1)]
        question = f"{unsure[0].subject} is ambiguous: look at it again."
        await current().spawn_all([(Agent(name, Specialist(self.desk, name, again).work), question) for name in names])


@dataclass(frozen=True, slots=True)
class DomainLead:
    """A domain orchestrator's planning and synthesis."""

    desk: Desk
    domain: str
    specialists: Sequence[str]

    async def plan(self, task: Task) -> list[Task]:
        """One task a specialist, narrowed to its field."""
        if self.desk.scenario.silent == self.domain:
            await asyncio.Event().wait()
        tasks = [Task(to=name, intent=f"As {name}: {task.intent}") for name in self.specialists]
        plan = "\n".join(each.intent for each in tasks)
        await self.desk.write(self.desk.registry.domain_model, "plan", task.brief, plan)
        return tasks

    async def synthesize(self, task: Task, joined: Joined) -> Synthesis:
        """The domain in few words: the most unusual readings, paraphrased, merged and rounded."""
        words = self.desk.scenario.words or self.desk.registry.domains[self.domain].words
        reported = _measurements(joined)
        text, kept = summarize(reported, words, digits=2)
        prompt = "\n".join([task.brief, *(result.text for result in joined.results.values())])
        text = await self.desk.write(self.desk.registry.domain_model, "synthesize", prompt, text)
        return Synthesis(
            text=text,
            value=Findings(measurements=tuple(kept)),
            confidence=0.7,
            gaps=joined.gaps,
            flags=tuple(f"without {token.member}" for token in joined.gaps),
            conflicts=_conflicts(reported),
        )


@dataclass(frozen=True, slots=True)
class Director:
    """The root's planning and synthesis."""

    desk: Desk
    domains: Sequence[str]

    async def plan(self, task: Task) -> list[Task]:
        """One task a domain."""
        registry = self.desk.registry
        tasks = [Task(to=name, intent=registry.domains[name].question) for name in self.domains]
        await self.desk.write(registry.root.model, "plan", task.brief, "\n".join(each.intent for each in tasks))
        return tasks

    async def synthesize(self, task: Task, joined: Joined) -> Brief:
        """The brief: what the domains say together, where they disagree, what is missing."""
        attached = {token.member: Synthesis(value=_attached(token)) for token in joined.gaps if token.partial}
        found = _measurements(Joined({**joined.results, **attached}))
        stances = {name: _stance(_measurements(Joined({name: result}))) for name, result in joined.results.items()}
        overall = sum(stances.values()) / len(stances) if stances else 0.0
        conviction = round(0.5 + overall / 4, 2)
        against = [name for name, stance in stances.items() if stance * overall < 0]
        contradictions = tuple(f"{name} points the other way" for name in against)
        opening = f"The thesis is {'supported' if overall > 0 else 'not supported'}, conviction {conviction:.2f}."
        missing = [
            f"GAP: {token.domain} is missing ({token.status}); {len(token.partial)} partial results are used."
            for token in joined.gaps
        ]
        other = [f"Contradiction: {line}." for line in contradictions]
        words = self.desk.scenario.words or self.desk.registry.root.words
        body, kept = summarize(found, words, digits=1)
        prompt = "\n".join([task.brief, *(result.text for result in joined.results.values())])
        answer = " ".join([opening, *missing, body, *other])
        text = await self.desk.write(self.desk.registry.root.model, "brief", prompt, answer)
        self._state_share()
        worst = sorted(kept, key=lambda each: each.stance)[:3]
        return Brief(
            text=text,
            value=Findings(measurements=tuple(kept)),
            risks=tuple(each.subject for each in worst if each.stance < 0),
            contradictions=contradictions,
            conviction=conviction,
            gaps=joined.gaps,
        )

    def _state_share(self) -> None:
        """Record how much of the run was simulated waiting."""
        active = current().active
        if active is not None:
            active.set(semconv.TIERSCOPE_RUN_SIMULATED_SHARE, round(self.desk.simulation.simulated_share(), 4))


def _measurements(joined: Joined) -> list[Measurement]:
    """What the results still hold."""
    values = [result.value for result in joined.results.values()]
    return [each for value in values if isinstance(value, Findings) for each in value.measurements]


def _attached(token: FailureToken) -> Findings:
    """What a failed domain had read by then."""
    values = [partial.value for partial in token.partial]
    found = [each for value in values if isinstance(value, Findings) for each in value.measurements]
    return Findings(measurements=tuple(found))


def _stance(found: Sequence[Measurement]) -> float:
    return sum(each.stance for each in found) / len(found) if found else 0.0


def _conflicts(found: Sequence[Measurement]) -> tuple[Conflict, ...]:
    """The strongest reading for the thesis against the strongest one against it."""
    best = max(found, key=lambda each: each.stance, default=None)
    worst = min(found, key=lambda each: each.stance, default=None)
    if best is None or worst is None or best.stance * worst.stance >= 0:
        return ()
    kept, dropped = (best, worst) if abs(best.unusual) >= abs(worst.unusual) else (worst, best)
    return (Conflict(kept=kept.subject, dropped=dropped.subject, why="it is the more unusual reading"),)
