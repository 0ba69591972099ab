"""When the parent goes on: how many members, and which, must deliver, and by when."""

from dataclasses import dataclass
from typing import Literal

from tierscope.errors import SettingsError
from tierscope.orchestrator.messages import Joined


@dataclass(frozen=True, slots=True)
class Join:
    """A join policy. Whatever it says, a member that does not deliver becomes a failure token."""

    required: frozenset[str] | Literal["all"] = frozenset()
    """Ids of tasks (by default names of members) that must deliver."""
    quorum: int = 0
    """How many must deliver; once they have, the rest is cancelled."""
    deadline_s: float | None = None
    """How long the parent waits; members that are late are cancelled, with what they have done attached."""

    def __post_init__(self) -> None:
        if self.quorum < 0:
            raise SettingsError(f"a quorum of {self.quorum} members makes no sense: use 1 or more.")
        if self.deadline_s is not None and self.deadline_s <= 0:
            raise SettingsError(f"a join deadline of {self.deadline_s} s is over before it starts: use more than 0.")

    @classmethod
    def best_effort(cls, deadline_s: float | None = None) -> "Join":
        """Go on with whoever delivered; the rest are flagged gaps."""
        return cls(deadline_s=deadline_s)

    @classmethod
    def every(cls, deadline_s: float | None = None) -> "Join":
        """Every member must deliver."""
        return cls(required="all", deadline_s=deadline_s)

    @classmethod
    def first(cls, quorum: int, deadline_s: float | None = None) -> "Join":
        """Go on as soon as ``quorum`` members have delivered."""
        return cls(quorum=quorum, deadline_s=deadline_s)

    @classmethod
    def requiring(cls, *members: str, deadline_s: float | None = None) -> "Join":
        """These members must deliver; the others may fail."""
        return cls(required=frozenset(members), deadline_s=deadline_s)

    def reached(self, delivered: int) -> bool:
        """Whether the parent need not wait for the others."""
        return 0 < self.quorum <= delivered

    def objection(self, joined: Joined) -> str | None:
        """Why the parent cannot go on with ``joined``; None where it can."""
        failed = joined.failures
        missing = list(failed) if self.required == "all" else [name for name in failed if name in self.required]
        absent = () if self.required == "all" else sorted(self.required - failed.keys() - joined.results.keys())
        if missing:
            token = failed[missing[0]]
            return (
                f"{len(missing)} required member(s) did not deliver: {', '.join(missing)} "
                f"({missing[0]}: {token.status}, {token.reason}); make them deliver or do not require them."
            )
        if absent:
            return f"the plan gave no task to required member(s) {', '.join(absent)}: plan one or do not require them."
        if len(joined.results) < self.quorum:
            return f"{len(joined.results)} of the {self.quorum} members that the quorum asks for delivered."
        return None
