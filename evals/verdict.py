"""What a check found, and the one rule by which a gate passes or fails."""

from collections.abc import Iterable
from enum import Enum
from typing import Literal, TypeAlias

__all__ = ["Outcome", "Verdict", "decide_verdict"]

Outcome: TypeAlias = Literal["passed", "failed", "mistake", "unjudged"]
"""What one check found: ``mistake`` where it could not be computed, ``unjudged`` where too little was recorded."""


class Verdict(Enum):
    """What a gate says; the value is the exit code."""

    PASSED = 0
    FAILED = 1
    MISTAKE = 2
    UNJUDGED = 3

    @property
    def exit_code(self) -> int:
        """Exit code of the process that asked."""
        return self.value

    @property
    def text(self) -> str:
        """The verdict in words."""
        return _WORDS[self]


_WORDS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.MISTAKE: "could not be computed",
    Verdict.UNJUDGED: "could not be judged",
}


def decide_verdict(outcomes: Iterable[Outcome]) -> Verdict:
    """The verdict over some checks; every report and every exit code comes from here.

    Args:
        outcomes: one for each check.

    Returns:
        FAILED where any check failed, since a definite finding outweighs what is unknown; else MISTAKE where any could
        not be computed; else UNJUDGED where any lacked data, or where there was no check at all; else PASSED.
    """
    found = set(outcomes)
    if "failed" in found:
        return Verdict.FAILED
    if "mistake" in found:
        return Verdict.MISTAKE
    if "unjudged" in found or not found:
        return Verdict.UNJUDGED
    return Verdict.PASSED
