"""Who gets a task that names nobody: strategies for ``Orchestrator(delegate=...)``."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from tierscope.orchestrator.members import Member
from tierscope.orchestrator.messages import Task

Delegate: TypeAlias = Callable[[Task, Sequence[Member], Mapping[str, int]], Member | None]
"""Chooses among members, given how many tasks each has at the moment; None where nobody fits."""


def by_capability(task: Task, members: Sequence[Member], load: Mapping[str, int]) -> Member | None:
    """The least busy of the members that can do tasks of this type; without a type any member can."""
    able = [member for member in members if task.type is None or task.type in member.capabilities]
    return by_load(task, able, load)


def by_load(_task: Task, members: Sequence[Member], load: Mapping[str, int]) -> Member | None:
    """The member with the fewest tasks; of equals the first."""
    return min(members, key=lambda member: load.get(member.name, 0), default=None)


def by_skill(task: Task, members: Sequence[Member], load: Mapping[str, int]) -> Member | None:
    """The member with the highest sum of the asked skills, then the least busy; nobody where all have none."""

    def score(member: Member) -> float:
        return sum(member.skills.get(skill, 0.0) for skill in task.skills)

    best = max(members, key=lambda member: (score(member), -load.get(member.name, 0)), default=None)
    return None if best is None or (task.skills and score(best) <= 0) else best
