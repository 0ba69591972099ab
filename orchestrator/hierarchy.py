"""Facts about a hierarchy before it runs: depth, breadth, span of control, path to the root."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import fmean

from tierscope.errors import UnknownNameError
from tierscope.orchestrator.members import Member


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """The tree below a member, as far as it is known before the run."""

    root: Member

    def paths(self) -> Iterator[tuple[Member, ...]]:
        """Every member with those above it, root first; parents before children."""
        waiting: list[tuple[Member, ...]] = [(self.root,)]
        while waiting:
            path = waiting.pop()
            yield path
            waiting.extend((*path, member) for member in reversed(path[-1].members))

    @property
    def depth(self) -> int:
        """Deepest tier; the root is 0."""
        return max(len(path) for path in self.paths()) - 1

    @property
    def breadth(self) -> tuple[int, ...]:
        """Members on each tier, root first."""
        tiers = [len(path) - 1 for path in self.paths()]
        return tuple(tiers.count(tier) for tier in range(max(tiers) + 1))

    @property
    def span_of_control(self) -> tuple[int, float, int] | None:
        """Fewest, mean and most members of one orchestrator; None where there is no orchestrator."""
        spans = [len(path[-1].members) for path in self.paths() if path[-1].members]
        return (min(spans), fmean(spans), max(spans)) if spans else None

    def path_to_root(self, name: str) -> tuple[str, ...]:
        """Names from the first member called ``name`` up to the root.

        Raises:
            UnknownNameError: nobody is called so.
        """
        for path in self.paths():
            if path[-1].name == name:
                return tuple(member.name for member in reversed(path))
        raise UnknownNameError(f"{self.root.name} has no member {name!r} on any tier.")
