"""Who passes information to whom in one run: the way of a signal from its author up to the root."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import polars as pl

    from tierscope.instrumentation.runs import Run

__all__ = ["Lineage", "Member"]


@dataclass(frozen=True, slots=True)
class Member:
    """One invocation, as far as information passes through it."""

    id: str
    parent_id: str | None
    agent: str
    tier: int | None
    domain: str | None
    output: str | None
    """None where it was not recorded."""


class Lineage:
    """The tree of one run with what each agent returned.

    Args:
        members: in any order.
    """

    def __init__(self, members: Iterable[Member]) -> None:
        self.members: Mapping[str, Member] = {one.id: one for one in members}
        """By invocation id, in the order given."""
        self._children: dict[str, list[Member]] = {}
        for one in self.members.values():
            if one.parent_id in self.members:
                self._children.setdefault(one.parent_id, []).append(one)

    @classmethod
    def from_run(cls, run: Run) -> Self:
        """The lineage of an inferred run."""
        return cls(
            Member(one.id, one.parent_id, one.agent, one.tier, one.domain, one.output) for one in run.invocations
        )

    @classmethod
    def from_frame(cls, texts: pl.DataFrame) -> dict[str, Self]:
        """Lineages by run id, of a frame of ``queries/texts.sql``."""
        columns = ("invocation_id", "parent_id", "agent", "tier", "domain", "output")
        return {
            str(run_id): cls(Member(*row) for row in rows.select(columns).iter_rows())
            for (run_id,), rows in texts.partition_by("run_id", as_dict=True, maintain_order=True).items()
        }

    def is_leaf(self, id_: str) -> bool:
        """Whether no agent stands below an invocation."""
        return id_ not in self._children

    def role(self, member: Member) -> str:
        """What a member is by structure: root, domain or leaf."""
        return "root" if member.tier == 0 else "leaf" if self.is_leaf(member.id) else "domain"

    def path_up(self, id_: str) -> list[Member]:
        """Ancestors of an invocation, the parent first."""
        path: list[Member] = []
        seen = {id_}
        parent = self.members[id_].parent_id
        while parent is not None and parent in self.members and parent not in seen:
            seen.add(parent)
            path.append(self.members[parent])
            parent = self.members[parent].parent_id
        return path

    def children(self, id_: str) -> list[Member]:
        """Invocations right below one, in the order given."""
        return self._children.get(id_, [])

    def descendants(self, id_: str) -> list[Member]:
        """All invocations below one."""
        found: dict[str, Member] = {}
        waiting = list(self.children(id_))
        while waiting:
            one = waiting.pop()
            if one.id not in found:
                found[one.id] = one
                waiting += self.children(one.id)
        return list(found.values())
