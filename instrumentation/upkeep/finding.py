"""What a check found: a verdict, and a fix in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tierscope.instrumentation.store import Store

__all__ = ["SEVERITY", "Finding", "Patient", "Verdict", "describe_age"]

Verdict: TypeAlias = Literal["ok", "note", "warning", "failed"]
SEVERITY: Final[Mapping[Verdict, int]] = {"ok": 0, "note": 1, "warning": 2, "failed": 3}
"""Larger is worse: a note explains something, a warning may be why spans are missing, a failure is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    check: str
    """What was looked at."""
    verdict: Verdict
    finding: str
    """One sentence."""
    fix: str | None = None
    """What to do about it; None where there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined."""

    store: Store
    """Not brought up to date: what waits is a finding."""
    environment: Mapping[str, str]
    """In which the checks for senders look."""
    ports: tuple[int, ...]
    """On which a receiver of this machine should listen; HTTP first, then gRPC."""
    now_ns: int
    """Unix time."""


def describe_age(age_s: float) -> str:
    """A span of time in words, such as ``3 min``."""
    for unit, size_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if age_s >= 2 * size_s:
            return f"{age_s / size_s:,.0f} {unit}"
    return f"{max(age_s, 0):.0f} s"
