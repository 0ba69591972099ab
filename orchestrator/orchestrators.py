"""An orchestrator: plans, hands tasks to its members, joins, synthesizes. Its members may be orchestrators."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from tierscope.errors import SettingsError
from tierscope.orchestrator import aggregation
from tierscope.orchestrator.dispatching import Dispatch
from tierscope.orchestrator.errors import JoinFailedError, PlanError
from tierscope.orchestrator.joins import Join
from tierscope.orchestrator.members import Member, Work
from tierscope.orchestrator.messages import Joined, Task
from tierscope.orchestrator.planning import check_plan, plan_for_all

if TYPE_CHECKING:
    from tierscope.orchestrator.calls import Call

Plan: TypeAlias = Callable[[Task], Awaitable[Sequence[Task]] | Sequence[Task]]
Synthesize: TypeAlias = Callable[[Task, Joined], Awaitable[object] | object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Orchestrator(Member):
    """A member whose work is done by members of its own."""

    team: Sequence[Member] = field(kw_only=False)
    """Its members: agents, orchestrators, pipelines."""
    plan: Plan | None = None
    """Which tasks for which members; by default every member gets the task as it came."""
    synthesize: Synthesize = aggregation.concatenate
    """Makes one result of what came back; see ``aggregation`` for named ways."""
    join: Join = field(default_factory=Join.best_effort)
    work: Work | None = None
    """What it does itself where it may not spawn: as a leaf."""

    def __post_init__(self) -> None:
        Member.__post_init__(self)
        names = Counter(member.name for member in self.team)
        twice = sorted(name for name, count in names.items() if count > 1)
        if twice:
            raise SettingsError(f"{self.name} has two members called {twice[0]!r}: give each a name of its own.")

    @property
    def members(self) -> tuple[Member, ...]:
        """Those below it."""
        return tuple(self.team)

    async def perform(self, call: "Call") -> object:
        """Plan, dispatch, join, synthesize; or work as a leaf at the spawn limit.

        Raises:
            JoinFailedError: too few members delivered.
            PlanError: the plan cannot be carried out.
        """
        if self.work is not None and not call.may_spawn:
            return await call.run.ask(self.work, call.task)
        joined = await Dispatch(call, self.join).run(await self._work(call))
        objection = self.join.objection(joined)
        if objection is not None:
            raise JoinFailedError(f"{self.name}: {objection}")
        with call.phase("synthesize"):
            return await call.run.ask(self.synthesize, call.task, joined)

    async def _work(self, call: "Call") -> list[tuple[Member, Task]]:
        """The plan, with a member for every task."""
        if self.plan is None:
            tasks: Sequence[Task] = plan_for_all(call.task, self.team)
        else:
            with call.phase("plan"):
                tasks = await call.run.ask(self.plan, call.task)
        check_plan(self.name, tasks)
        members = {member.name: member for member in self.team}
        unknown = [task.to for task in tasks if task.to not in members]
        if unknown:
            raise PlanError(f"{self.name} has no member {unknown[0]!r}: its plan may name {', '.join(members)}.")
        return [(members[task.to], task) for task in tasks if task.to is not None]
