"""What the events and links on agents' spans tell about how a run was governed, whoever emitted them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tierscope.instrumentation import semconv
from tierscope.instrumentation.governance import (
    Approval,
    Dependency,
    DependencyKind,
    Escalation,
    Governance,
    Intervention,
    PartialSynthesis,
    Recovery,
    Rollback,
    SkippedMember,
)
from tierscope.instrumentation.spans import Attributes, SpanEvent
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.values import whole

__all__ = ["queued_ms", "read_governance"]


@dataclass(slots=True)
class _Found:
    drafts: Sequence[Draft]
    escalations: list[Escalation] = field(default_factory=list[Escalation])
    recoveries: list[Recovery] = field(default_factory=list[Recovery])
    skipped_members: list[SkippedMember] = field(default_factory=list[SkippedMember])
    partial_syntheses: list[PartialSynthesis] = field(default_factory=list[PartialSynthesis])
    approvals: list[Approval] = field(default_factory=list[Approval])
    rollbacks: list[Rollback] = field(default_factory=list[Rollback])
    interventions: list[Intervention] = field(default_factory=list[Intervention])
    _by_id: dict[str, Draft] = field(default_factory=dict[str, Draft])
    _members: dict[tuple[str, str], list[Draft]] = field(default_factory=dict[tuple[str, str], list[Draft]])

    def asker(self, noted_on: str, from_path: str, at_ns: int) -> str | None:
        """Who had a problem: the agent whose own span says so, else a member of it that had ended, or ran by then."""
        if not self._by_id:
            self._by_id = {draft.id: draft for draft in self.drafts}
        names = from_path.split("/")
        own: list[str] = []
        above: Draft | None = self._by_id[noted_on]
        while above is not None:
            own.insert(0, above.name)
            above = above.parent
        if own == names:
            return noted_on
        running = [
            (draft.start_ns, draft.id)
            for draft in self._members_named(noted_on, names[-1])
            if draft.start_ns <= at_ns and (draft.end_ns is None or draft.end_ns > at_ns)
        ]
        ended = self.attempt_before(noted_on, [names[-1]], at_ns)
        return ended or max(running, default=(0, None))[1] or (noted_on if own[-1] == names[-1] else None)

    def attempt_before(self, parent_id: str, names: Sequence[str | None], at_ns: int) -> str | None:
        """The member of a parent, by its task's id or its name, that had ended last by a time."""
        for name in names:
            ended = [
                (draft.end_ns, draft.id)
                for draft in self._members_named(parent_id, name or "")
                if draft.end_ns is not None and draft.end_ns <= at_ns
            ]
            if ended:
                return max(ended)[1]
        return None

    def _members_named(self, parent_id: str, name: str) -> Sequence[Draft]:
        """Members of a parent that go by a name or by a task's id."""
        if not self._members:
            for draft in self.drafts:
                if draft.parent is not None:
                    task_id = _text(draft.node.span.attributes, semconv.TIERSCOPE_TASK_ID)
                    for known_as in {task_id or draft.name, draft.name}:
                        self._members.setdefault((draft.parent.id, known_as), []).append(draft)
        return self._members.get((parent_id, name), ())


def read_governance(drafts: Sequence[Draft]) -> Governance:
    """Read escalations, recoveries, approvals and the like, and declared dependencies.

    Args:
        drafts: the run's invocations, parents before children.
    """
    found = _Found(drafts)
    for draft in drafts:
        for event in _events(draft):
            add = _READERS.get(event.name)
            if add is not None:
                add(found, draft.id, event)
    return Governance(
        tuple(found.escalations),
        tuple(found.recoveries),
        tuple(found.skipped_members),
        tuple(found.partial_syntheses),
        tuple(found.approvals),
        tuple(found.rollbacks),
        tuple(found.interventions),
        tuple(dict.fromkeys((*_needs(drafts), *_links(drafts)))),
    )


def queued_ms(draft: Draft) -> float | None:
    """How long an invocation waited for slots to work in; None where that was not recorded."""
    waits = [
        _number(event.attributes, semconv.SLOT_WAITED_MS)
        for event in _events(draft)
        if event.name == semconv.EVENT_SLOT_TAKEN
    ]
    known = [wait for wait in waits if wait is not None]
    return sum(known) if known else None


def _add_escalation(found: _Found, id_: str, event: SpanEvent) -> None:
    values = event.attributes
    from_path = _text(values, semconv.ESCALATION_FROM)
    found.escalations.append(
        Escalation(
            id_,
            escalation_id=_text(values, semconv.ESCALATION_ID),
            reason=_text(values, semconv.ESCALATION_REASON),
            from_path=from_path,
            to_path=_text(values, semconv.ESCALATION_TO),
            status=_text(values, semconv.ESCALATION_STATUS) or "open",
            answer=_text(values, semconv.ESCALATION_ANSWER),
            context=_text(values, semconv.ESCALATION_CONTEXT),
            at_ns=event.time_ns or None,
            asker_id=None if from_path is None else found.asker(id_, from_path, event.time_ns),
        )
    )


def _add_recovery(found: _Found, id_: str, event: SpanEvent) -> None:
    values = event.attributes
    step = _text(values, semconv.RECOVERY_STEP)
    if step is not None:
        member, task = _text(values, semconv.RECOVERY_MEMBER), _text(values, semconv.RECOVERY_TASK_ID)
        reason = _text(values, semconv.RECOVERY_REASON)
        failed_id = found.attempt_before(id_, [task, member], event.time_ns)
        found.recoveries.append(Recovery(id_, step, member, task, reason, event.time_ns or None, failed_id))


def _add_skipped(found: _Found, id_: str, event: SpanEvent) -> None:
    member = _text(event.attributes, semconv.SKIPPED_MEMBER)
    if member is not None:
        domain = _text(event.attributes, semconv.SKIPPED_DOMAIN)
        found.skipped_members.append(SkippedMember(id_, member, domain, event.time_ns or None))


def _add_partial(found: _Found, id_: str, event: SpanEvent) -> None:
    text = _text(event.attributes, semconv.PARTIAL_TEXT)
    found.partial_syntheses.append(PartialSynthesis(id_, text, event.time_ns or None))


def _add_approval(found: _Found, id_: str, event: SpanEvent) -> None:
    values = event.attributes
    found.approvals.append(
        Approval(
            id_,
            approval_id=_text(values, semconv.APPROVAL_ID),
            kind=_text(values, semconv.APPROVAL_KIND),
            status=_text(values, semconv.APPROVAL_STATUS) or "requested",
            level=whole(values.get(semconv.APPROVAL_LEVEL)),
            quorum=whole(values.get(semconv.APPROVAL_QUORUM)),
            waited_ms=_number(values, semconv.APPROVAL_WAITED_MS),
            at_ns=event.time_ns or None,
        )
    )


def _add_rollback(found: _Found, id_: str, event: SpanEvent) -> None:
    values = event.attributes
    label, path = _text(values, semconv.ROLLBACK_LABEL), _text(values, semconv.ROLLBACK_PATH)
    found.rollbacks.append(Rollback(id_, label, path, _text(values, semconv.ROLLBACK_ERROR), event.time_ns or None))


def _add_intervention(found: _Found, id_: str, event: SpanEvent) -> None:
    values = event.attributes
    kind = _text(values, semconv.INTERVENTION_KIND) or "cancel"
    member, reason = _text(values, semconv.INTERVENTION_MEMBER), _text(values, semconv.INTERVENTION_REASON)
    found.interventions.append(Intervention(id_, kind, member, reason, event.time_ns or None))


_Reader: TypeAlias = Callable[[_Found, str, SpanEvent], None]
_READERS: Final[Mapping[str, _Reader]] = {
    semconv.EVENT_ESCALATION: _add_escalation,
    semconv.EVENT_RECOVERY: _add_recovery,
    semconv.EVENT_MEMBER_SKIPPED: _add_skipped,
    semconv.EVENT_PARTIAL: _add_partial,
    semconv.EVENT_APPROVAL: _add_approval,
    semconv.EVENT_ROLLBACK: _add_rollback,
    semconv.EVENT_INTERVENTION: _add_intervention,
}


_ASKED: Final[Mapping[DependencyKind, str]] = {
    "need": semconv.HANDOFF_NEEDS,
    "artifact": semconv.HANDOFF_ARTIFACTS,
}
"""Kind of dependency -> attribute of a handoff that names whose results, or which things, it hands over."""


def _needs(drafts: Sequence[Draft]) -> Iterator[Dependency]:
    """Dependencies between siblings: results that a handoff waited for, and things that one of them made."""
    members: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        task_id = _text(draft.node.span.attributes, semconv.TIERSCOPE_TASK_ID)
        if draft.parent is not None and task_id is not None:
            members.setdefault((draft.parent.id, task_id), []).append(draft)
    if not members:
        return
    for draft in drafts:
        for values in (event.attributes for event in _events(draft) if event.name == semconv.EVENT_HANDOFF):
            takers = members.get((draft.id, _text(values, semconv.HANDOFF_TASK_ID) or ""), ())
            for kind, names in _ASKED.items():
                for giver in (one for name in _names(values, names) for one in members.get((draft.id, name), ())):
                    yield from (Dependency(giver.id, taker.id, kind) for taker in takers if taker is not giver)


def _events(draft: Draft) -> Iterator[SpanEvent]:
    return (event for node in draft.nodes for event in node.span.events)


def _links(drafts: Sequence[Draft]) -> Iterator[Dependency]:
    """Links from an agent's span to the work of another that stands neither above nor below it."""
    linked = [(draft, link) for draft in drafts for node in draft.nodes for link in node.span.links]
    if not linked:
        return
    owners = {
        node.span.key: draft for draft in drafts for nodes in (draft.nodes, draft.calls, draft.tools) for node in nodes
    }
    for draft, link in linked:
        giver = owners.get(f"{link.trace_id}:{link.span_id}")
        if giver is not None and not giver.is_below(draft) and not draft.is_below(giver):
            yield Dependency(giver.id, draft.id, "link")


def _names(values: Attributes, key: str) -> list[str]:
    value = values.get(key)
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []


def _text(values: Attributes, key: str) -> str | None:
    value = values.get(key)
    return value if isinstance(value, str) else None


def _number(values: Attributes, key: str) -> float | None:
    value = values.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
