"""An orchestrator: plans, hands tasks to its members, joins, synthesizes. Its members may be orchestrators."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from tierscope.errors import SettingsError
from tierscope.instrumentation import semconv
from tierscope.orchestrator import aggregation
from tierscope.orchestrator.delegation import Delegate, by_capability
from tierscope.orchestrator.dispatching import Dispatch
from tierscope.orchestrator.errors import JoinFailedError, NoCandidateError, PlanError
from tierscope.orchestrator.escalation import Answerer, EscalationNeeded
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.members import Agent, Member, Predicate, Work
from tierscope.orchestrator.messages import Joined, Result, Task
from tierscope.orchestrator.phases import phase
from tierscope.orchestrator.planning import check_plan
from tierscope.orchestrator.recovery import Recovery

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

Plan: TypeAlias = Callable[[Task], Awaitable[Sequence[Task]] | Sequence[Task]]
Synthesize: TypeAlias = Callable[[Task, Joined], Awaitable[object] | object]
Update: TypeAlias = Callable[[Task, Result | None, Result], Awaitable[Result] | Result]
"""From the task, the partial synthesis so far and what has just come: the next partial synthesis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orchestrator(Member):
    """A member whose work is done by members of its own."""

    team: Sequence[Member] = field(kw_only=False)
    """Its members: agents, orchestrators, pipelines."""
    plan: Plan | None = None
    """Which tasks for which members; by default every member gets the task as it came."""
    synthesize: Synthesize | None = None
    """Makes one result of what came back; see ``aggregation`` for named ways. By default the last partial synthesis
    where there is an ``update``, else all texts."""
    join: Join = field(default_factory=Join.best_effort)
    recovery: Recovery = field(default_factory=Recovery)
    """What it does about members that fail or do not please."""
    delegate: Delegate = by_capability
    """Who gets a task that names nobody."""
    no_candidate: Literal["fail", "execute", "escalate"] = "fail"
    """What becomes of a task that nobody fits: the plan fails, ``work`` does it, or the levels above are asked."""
    work: Work | None = None
    """What it does itself where it does not spawn: as a leaf."""
    spawn_if: Predicate | None = None
    """Asked first; where it says no, the task is simple and ``work`` does it (adaptive depth)."""
    update: Update | None = None
    """Makes it event-driven: called for every result, and every partial result, as it comes."""
    answer: Answerer | None = None
    """Answers what members below escalate."""

    def __post_init__(self) -> None:
        Member.__post_init__(self)
        names = Counter(member.name for member in self.team)
        twice = sorted(name for name, count in names.items() if count > 1)
        if twice:
            raise SettingsError(f"{self.name} has two members called {twice[0]!r}: give each a name of its own.")
        if self.work is None and (self.spawn_if is not None or self.no_candidate == "execute"):
            raise SettingsError(f"{self.name} may have to do tasks itself, but has no  work=  to do them with.")

    @property
    def members(self) -> tuple[Member, ...]:
        """Those below it."""
        return tuple(self.team)

    async def perform(self, call: "Call") -> object:
        """Plan, dispatch, join, synthesize; or work as a leaf.

        Raises:
            JoinFailedError: too few members delivered.
            NoCandidateError: nobody fits a task, and ``no_candidate`` is "fail".
            PlanError: the plan cannot be carried out.
        """
        if self.work is not None and not await self._spawns(call):
            if call.active is not None:
                call.active.set(semconv.TIERSCOPE_AS_LEAF, value=True)
            return await call.at_work(self.work)
        assigned = await self._relevant(call, await self._assigned(call))
        dispatch = Dispatch(call, self.join, self.recovery)
        latest: Result | None = None
        if self.update is None:
            joined = await dispatch.run(assigned)
        else:
            joined, latest = await self._follow(call, dispatch, assigned, self.update)
        objection = self.join.objection(joined)
        if objection is not None:
            raise JoinFailedError(f"{self.name}: {objection}")
        if self.synthesize is None and self.update is not None:
            return latest
        with phase(call, "synthesize"):
            if self.synthesize is None:
                return aggregation.concatenate(call.task, joined)
            return await call.run.ask(self.synthesize, call.task, joined)

    async def _spawns(self, call: "Call") -> bool:
        return call.may_spawn and (self.spawn_if is None or await call.run.ask(self.spawn_if, call.task))

    async def _assigned(self, call: "Call") -> list[tuple[Member, Task]]:
        """The plan, with a member for every task; without a plan every member gets the task as it came."""
        if self.plan is None:
            handed_on = call.task.model_copy(update={"id": "", "needs": (), "deadline_ms": None, "feedback": ""})
            return [(member, handed_on) for member in self.team]
        with phase(call, "plan"):
            tasks = await call.run.ask(self.plan, call.task)
        check_plan(self.name, tasks)
        return self._assign(call, tasks)

    def _assign(self, call: "Call", tasks: Sequence[Task]) -> list[tuple[Member, Task]]:
        """A member for every task: the one it names, else the one that the strategy chooses."""
        members = {member.name: member for member in self.team}
        unknown = [task.to for task in tasks if task.to is not None and task.to not in members]
        if unknown:
            raise PlanError(f"{self.name} has no member {unknown[0]!r}: its plan may name {', '.join(members)}.")
        load = Counter(task.to for task in tasks if task.to is not None)
        load.update(other.member.name for other in call.children if other.running)
        assigned: list[tuple[Member, Task]] = []
        for task in tasks:
            member = members[task.to] if task.to is not None else self.delegate(task, self.team, load)
            if task.to is None and member is not None:
                load[member.name] += 1
            assigned.append((self._stand_in(task) if member is None else member, task))
        return assigned

    def _stand_in(self, task: Task) -> Member:
        """Who takes a task that nobody in the team fits."""
        asked = task.type or ", ".join(task.skills) or task.intent
        if self.no_candidate == "execute" and self.work is not None:
            return Agent(f"{self.name}-itself", self.work)
        if self.no_candidate == "escalate":

            async def ask_above(_task: Task) -> object:
                raise EscalationNeeded("beyond_capability", f"nobody in {self.name} can do {asked}")

            return Agent(f"{self.name}-escalation", ask_above)
        raise NoCandidateError(
            f"nobody in {self.name} can do {asked!r}: give a member that capability, name one in the task's  to=, "
            'or set  no_candidate=  to "execute" or "escalate".'
        )

    async def _relevant(self, call: "Call", assigned: list[tuple[Member, Task]]) -> list[tuple[Member, Task]]:
        """Those whose member finds the task relevant; the others are recorded as skipped."""
        if all(member.relevant is None for member, _ in assigned):
            return assigned
        asked = (call.run.ask(member.relevant, task) if member.relevant else _yes() for member, task in assigned)
        verdicts = await asyncio.gather(*asked)
        for (member, _), wanted in zip(assigned, verdicts, strict=True):
            if not wanted:
                domain = member.domain or call.domain or (member.name if call.depth == 0 else None)
                call.note(
                    semconv.EVENT_MEMBER_SKIPPED,
                    {semconv.SKIPPED_MEMBER: member.name, semconv.SKIPPED_DOMAIN: domain},
                )
        return [pair for pair, wanted in zip(assigned, verdicts, strict=True) if wanted]

    async def _follow(
        self, call: "Call", dispatch: Dispatch, assigned: list[tuple[Member, Task]], update: Update
    ) -> tuple[Joined, Result | None]:
        """Dispatch, and update the synthesis whenever something comes in; whoever watches may read it."""
        inbox: asyncio.Queue[Result | None] = asyncio.Queue()
        call.inbox = inbox
        latest: Result | None = None

        async def follow() -> None:
            nonlocal latest
            while (news := await inbox.get()) is not None:
                latest = await call.run.ask(update, call.task, latest, news)
                call.note(semconv.EVENT_PARTIAL, {semconv.PARTIAL_TEXT: call.run.content(latest.text)})
                call.push(latest)

        async with asyncio.TaskGroup() as group:
            group.create_task(follow())
            joined = await dispatch.run(assigned)
            call.run.loop.call_soon(inbox.put_nowait, None)
        call.inbox = None
        return joined, latest


async def _yes() -> bool:
    return True
