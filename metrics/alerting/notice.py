"""One alert as it is sent."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

__all__ = ["Notice", "RunFacts", "make_notice_id", "make_sample"]


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The run that an alert is about."""

    id: str
    label: str | None = None
    project: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """One alert: what was found in one run."""

    id: str
    """The same for the same finding, so that a receiver can tell a repetition."""
    kind: str
    """An integrity alert's kind, or the name of a rule."""
    severity: str
    text: str
    """One sentence for people."""
    run: RunFacts
    n: int | None
    """How often it happened in the run, or what the figure rests on."""
    tier: int | None
    """Tier of the first agent that it is about; None where it is about none."""
    evidence: tuple[str, ...] = ()
    """Ids of the invocations that it is about."""
    figure: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Of a rule: metric, column, value, comparison, threshold, and the row that it is about."""
    found_at: datetime | None = None
    is_sample: bool = False
    """Whether nothing is wrong, and somebody tries out whether alerts arrive."""

    def to_json(self) -> str:
        """The body that webhooks and commands get."""
        return orjson.dumps(asdict(self), option=orjson.OPT_UTC_Z).decode()


def make_notice_id(run_id: str, kind: str, group: Mapping[str, Any] | None = None) -> str:
    """The id of what was found: of one run, one kind, and one row where a rule looks at several."""
    key = orjson.dumps([run_id, kind, dict(group or {})], option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(key).hexdigest()[:32]


def make_sample(now: datetime | None = None) -> Notice:
    """A notice that says that it is none."""
    found_at = now or datetime.now(UTC)
    return Notice(
        id=make_notice_id("sample", found_at.isoformat()),
        kind="sample",
        severity="alert",
        text="This is a sample from  tierscope alerts test : nothing is wrong.",
        run=RunFacts("sample", "sample"),
        n=1,
        tier=None,
        found_at=found_at,
        is_sample=True,
    )
