"""What tierscope's own events say on an agent's spans: signals, gaps, refusals, checks, and handoffs to nobody."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tierscope.instrumentation import semconv
from tierscope.instrumentation.runs import CriticalCheck, Gap, Handoff, Signal, SpawnRefusal
from tierscope.instrumentation.spans import Attributes, SpanEvent
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.values import whole


@dataclass(slots=True)
class Notes:
    """All declared facts of one run."""

    signals: list[Signal] = field(default_factory=list[Signal])
    handoffs: list[Handoff] = field(default_factory=list[Handoff])
    """``to_id`` is filled in later."""
    gaps: list[Gap] = field(default_factory=list[Gap])
    refusals: list[SpawnRefusal] = field(default_factory=list[SpawnRefusal])
    checks: list[CriticalCheck] = field(default_factory=list[CriticalCheck])

    def read(self, draft: Draft) -> None:
        """Add what one invocation's spans declare."""
        for event in _events(draft):
            add = _READERS.get(event.name)
            if add is not None:
                add(self, draft.id, event)


def _events(draft: Draft) -> Iterator[SpanEvent]:
    for node in draft.nodes:
        yield from node.span.events


def _add_signal(notes: Notes, invocation_id: str, event: SpanEvent) -> None:
    values = event.attributes
    text = _text(values, semconv.SIGNAL_TEXT)
    value = values.get(semconv.SIGNAL_VALUE)
    if text is None and value is None:
        return
    notes.signals.append(
        Signal(
            invocation_id,
            text if text is not None else str(value),
            critical=values.get(semconv.SIGNAL_CRITICAL) is True,
            value=value if isinstance(value, float | str) else float(value) if isinstance(value, int) else None,
            unit=_text(values, semconv.SIGNAL_UNIT),
            confidence=_number(values, semconv.SIGNAL_CONFIDENCE),
            source=_text(values, semconv.SIGNAL_SOURCE),
        )
    )


def _add_handoff(notes: Notes, invocation_id: str, event: SpanEvent) -> None:
    receiver = _text(event.attributes, semconv.HANDOFF_TO)
    if receiver is not None:
        text = _text(event.attributes, semconv.HANDOFF_TEXT)
        notes.handoffs.append(Handoff(invocation_id, None, receiver, text, "handoff", event.time_ns or None))


def _add_gap(notes: Notes, invocation_id: str, event: SpanEvent) -> None:
    values = event.attributes
    notes.gaps.append(
        Gap(
            invocation_id,
            member=_text(values, semconv.GAP_MEMBER) or "unknown",
            domain=_text(values, semconv.GAP_DOMAIN),
            status=_text(values, semconv.GAP_STATUS) or "error",
            reason=_text(values, semconv.GAP_REASON),
            partial=_text(values, semconv.GAP_PARTIAL),
            at_ns=event.time_ns or None,
        )
    )


def _add_refusal(notes: Notes, invocation_id: str, event: SpanEvent) -> None:
    values = event.attributes
    notes.refusals.append(
        SpawnRefusal(
            invocation_id,
            member=_text(values, semconv.SPAWN_MEMBER) or "unknown",
            depth=whole(values.get(semconv.SPAWN_DEPTH)),
            reason=_text(values, semconv.SPAWN_REASON),
            at_ns=event.time_ns or None,
        )
    )


def _add_check(notes: Notes, invocation_id: str, event: SpanEvent) -> None:
    values = event.attributes
    notes.checks.append(
        CriticalCheck(
            invocation_id,
            text=_text(values, semconv.SIGNAL_TEXT) or "",
            hash=_text(values, semconv.SIGNAL_HASH) or "",
            verified=values.get(semconv.SIGNAL_VERIFIED) is True,
        )
    )


_READERS = {
    semconv.EVENT_SIGNAL: _add_signal,
    semconv.EVENT_HANDOFF: _add_handoff,
    semconv.EVENT_GAP: _add_gap,
    semconv.EVENT_SPAWN_REFUSED: _add_refusal,
    semconv.EVENT_CRITICAL_CHECK: _add_check,
}


def _text(values: Attributes, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _number(values: Attributes, key: str) -> float | None:
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
