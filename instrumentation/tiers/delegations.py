"""Who gave work to whom, as the run's handoffs."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from tierscope.instrumentation.runs import Handoff
from tierscope.instrumentation.tiers import texts
from tierscope.instrumentation.tiers.draft import Draft, canonical
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.handoffs import plain_name
from tierscope.instrumentation.tiers.outcome import TOOL_INPUTS, tool_answered


def handoffs_of(drafts: Sequence[Draft], declared: Sequence[Handoff]) -> tuple[Handoff, ...]:
    """Declared handoffs, transfers, and tool calls inside which another agent ran; in order of time.

    Args:
        drafts: the run's invocations.
        declared: handoffs from events, without the receiver's id.
    """
    children: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        if draft.parent is not None:
            children.setdefault((draft.parent.id, plain_name(draft.name)), []).append(draft)
    found = [_received(h, children) for h in declared]
    spoken_for = {(h.from_id, h.to_id) for h in found}
    for draft in drafts:
        found += [h for h in _given(draft, children) if (h.from_id, h.to_id) not in spoken_for]
        answered = _answered(draft)
        if answered is not None and (answered.from_id, answered.to_id) not in spoken_for:
            found.append(answered)
    return tuple(sorted(found, key=lambda h: h.at_ns or 0))


def _received(handoff: Handoff, children: dict[tuple[str, str], list[Draft]]) -> Handoff:
    able = children.get((handoff.from_id, plain_name(handoff.to_agent)), [])
    later = [d for d in able if handoff.at_ns is None or d.start_ns >= handoff.at_ns]
    return replace(handoff, to_id=later[0].id) if later else handoff


def _given(draft: Draft, children: dict[tuple[str, str], list[Draft]]) -> Iterator[Handoff]:
    """Transfers and handoffs that the invocation made."""
    for node in draft.tools:
        reading = node.reading
        if reading.target is None or (reading.kind == "tool" and _agent_below(node)):
            continue
        handoff = Handoff(draft.id, None, reading.target, _asked(node), reading.kind, node.span.start_ns or None)
        yield _received(handoff, children)


def _answered(draft: Draft) -> Handoff | None:
    """The tool call of the parent that the invocation answers."""
    tool = draft.node if draft.node.reading.delegated else tool_answered(draft)
    if tool is None or draft.parent is None:
        return None
    if tool is not draft.node and canonical(tool.owner) is not draft.parent:
        return None
    return Handoff(draft.parent.id, draft.id, draft.name, _asked(tool), "tool", tool.span.start_ns or None)


def _asked(node: Node) -> str | None:
    return texts.question(texts.first_value(node.span, TOOL_INPUTS))


def _agent_below(node: Node) -> bool:
    stack = list(node.children)
    while stack:
        child = stack.pop()
        if child.draft is not None:
            return True
        stack.extend(child.children)
    return False
