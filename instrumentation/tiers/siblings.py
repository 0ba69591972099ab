"""Agents side by side: which of them gave work to which.

Their order of evidence: a handoff or transfer, control that keeps returning to one of them, a span link, who read whose
output, and last the mere order in time.
"""

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.flow import readers, tells_enough
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.handoffs import Handoffs
from tierscope.instrumentation.tiers.outcome import MODEL_INPUTS, output_of
from tierscope.instrumentation.tiers.texts import first_value

HANDED: Final = 0.85
HUB: Final = 0.7
LINKED: Final = 0.75
READ: Final = 0.7
READ_BY_SEVERAL: Final = 0.55
IN_ORDER: Final = 0.4


def settle(place: Node | None, heads: Sequence[Draft], handoffs: Handoffs) -> list[Draft]:
    """Find parents among drafts that stand side by side.

    Args:
        place: the span that holds them all; None where they are of different traces.
        heads: drafts without a parent.
        handoffs: the run's handoffs.

    Returns:
        Those that stay without a parent, for the next span above.
    """
    container = place is None or place.reading.role == "container" or (place.missing and bool(handoffs.by_target))
    if not container and place is not None and place.owner is not None and not handoffs.by_target:
        return list(heads)
    ordered = sorted(heads, key=lambda d: d.start_ns)
    if container:
        ordered, hub = _merge_turns(ordered, handoffs)
    else:
        hub = None
    left = attach_handed(ordered, handoffs)
    if len(left) > 1 and hub is not None and hub in left:
        left = _attach_to_hub(left, hub)
    if len(left) > 1:
        left = _attach_in_line(left, place is not None and place.reading.flow == "handoff")
    if len(left) > 1 and place is not None and container:
        left = _attach_linked(left, place)
    if len(left) > 1 and (container or (place is not None and place.owner is None)):
        left = _attach_readers(left)
        if place is None or place.reading.flow == "join":
            left = _attach_joined(left, place, {id(d.parent) for d in ordered if d.parent is not None})
    return left


def settle_led(heads: Sequence[Draft], handoffs: Handoffs) -> list[Draft]:
    """Find parents among agents inside one that leads them by transfers, where deeper leaders appear beside their own.

    Args:
        heads: drafts without a parent.
        handoffs: the run's handoffs.

    Returns:
        Those that none of the others handed work to.
    """
    ordered, _ = _merge_turns(sorted(heads, key=lambda d: d.start_ns), handoffs)
    return attach_handed(ordered, handoffs)


def _merge_turns(ordered: list[Draft], handoffs: Handoffs) -> tuple[list[Draft], Draft | None]:
    """Later turns of one agent in one container are the same invocation; also finds who gets control back each time.

    A turn during an open tool call that bears the agent's name answers that call, and is an invocation of its own.
    """
    first: dict[str, Draft] = {}
    sequence: list[Draft] = []
    for draft in ordered:
        known = first.get(draft.name)
        if known is None or draft.node.reading.repeats or handoffs.is_called(draft):
            first.setdefault(draft.name, draft)
            sequence.append(draft)
        elif known is not draft:
            known.absorb(
                draft, f"A later turn in the same container, at {draft.node.span.name!r}, is the same invocation"
            )
            sequence.append(known)
    unique = list({id(d): d for d in sequence}.values())
    return unique, _hub(sequence)


def _hub(sequence: Sequence[Draft]) -> Draft | None:
    """The one that runs first, and again after each of at least two others."""
    if len(sequence) < 4:
        return None
    hub = sequence[0]
    others = {id(d) for d in sequence if d is not hub}
    alternates = all((d is hub) != (e is hub) for d, e in pairwise(sequence))
    return hub if alternates and len(others) > 1 else None


def attach_handed(ordered: Sequence[Draft], handoffs: Handoffs) -> list[Draft]:
    """Parents by handoffs, and by tool calls that bear a draft's name and were open; of several the first has none.

    Args:
        ordered: drafts without a parent, in order of start.
        handoffs: the run's handoffs.

    Returns:
        Those that nobody handed work to.
    """
    left: list[Draft] = []
    for position, draft in enumerate(ordered):
        found = handoffs.latest(draft) if position or len(ordered) == 1 else None
        if found is None or found[1].is_below(draft):
            left.append(draft)
            continue
        node, giver = found
        draft.given_by = node
        how = (
            "ran while the tool call was open:"
            if node.reading.role == "tool" and not node.reading.target
            else "was handed work by"
        )
        draft.attach(giver, "handoff", HANDED, f"it {how} {node.span.name!r}")
    return left


def _attach_to_hub(left: Sequence[Draft], hub: Draft) -> list[Draft]:
    for draft in left:
        if draft is not hub:
            draft.attach(hub, "handoff", HUB, f"control returned to {hub.name} before and after each of the others")
    return [hub]


def _attach_in_line(left: Sequence[Draft], by_handoff_only: bool) -> list[Draft]:
    """One after the other, where the framework or a transfer to an unnamed agent says that the first handed over."""
    stay = [left[0]]
    for giver, draft in pairwise(left):
        handed = by_handoff_only or any(t.reading.kind != "tool" and t.reading.target is None for t in giver.tools)
        handed = handed and giver.name != draft.name
        if handed and giver.end_ns is not None and giver.end_ns <= draft.start_ns:
            why = "changes agents only by handoffs" if by_handoff_only else "does not record to whom a handoff goes"
            draft.attach(giver, "handoff", HUB, f"this framework {why}, and {giver.name} ended just before it began")
        else:
            stay.append(draft)
    return stay


def _attach_linked(left: Sequence[Draft], place: Node) -> list[Draft]:
    """Work that links back to another's message joins that other's."""
    holder = {id(region): draft for draft in left if (region := _region(draft.node, place)) is not None}
    sent = {
        node.span.span_id: holder[id(region)]
        for region in place.children
        if id(region) in holder
        for node in (region, *region.children)
    }
    stay: list[Draft] = []
    fed: dict[int, Draft] = {}
    for region in place.children:
        reader = holder.get(id(region))
        for link in region.span.links if reader is not None else ():
            writer = sent.get(link.span_id)
            if reader is not None and writer is not None and not reader.is_below(writer):
                fed.setdefault(id(writer), reader)
    for draft in left:
        reader = fed.get(id(draft))
        if reader is None or reader.is_below(draft):
            stay.append(draft)
        else:
            draft.attach(reader, "link", LINKED, f"the span that {reader.name} runs in links to what {draft.name} sent")
    return stay


def _region(node: Node, place: Node) -> Node | None:
    """The child of ``place`` that holds the node."""
    while node.parent is not None and node.parent is not place:
        node = node.parent
    return node if node.parent is place else None


def _attach_readers(left: Sequence[Draft]) -> list[Draft]:
    """The earliest reader of an output is its writer's parent, unless it is the same agent's next turn."""
    read_by = readers(left)
    stay: list[Draft] = []
    for writer in left:
        able = [r for r in read_by.get(id(writer), ()) if r.name != writer.name and not r.is_below(writer)]
        if not able:
            stay.append(writer)
            continue
        reader = able[0]
        rejected = ", ".join(r.name for r in able[1:4])
        if rejected:
            writer.evidence.append(f"Rejected as its parent: {rejected}, which read the same output later.")
        sure = READ if len(able) == 1 else READ_BY_SEVERAL
        writer.attach(reader, "text_flow", sure, f"its whole output stands in the model input of {reader.name}")
    return stay


def _attach_joined(left: Sequence[Draft], place: Node | None, leading: set[int]) -> list[Draft]:
    """Without texts, the first that began when an agent had ended joins it.

    Inside a nested container only where it stands beside a whole container, or joins another of them: two agents one
    after the other may as well be independent.

    Args:
        left: drafts without a parent, in order of start.
        place: as for ``settle``.
        leading: ids of drafts that others here are known to report to.
    """
    nested = place is not None and container_above(place.parent) is not None
    joiners = [d for d in left if place is None or container_above(d.node.parent) is place]
    starts = [d.start_ns for d in joiners]
    stay: list[Draft] = []
    for draft in left:
        end = draft.end_ns
        at = bisect_left(starts, end) if end is not None else len(starts)
        joiner = joiners[at] if at < len(joiners) else None
        alone = nested and container_above(draft.node.parent) is place and id(joiner) not in leading
        if joiner is None or joiner.name == draft.name or alone or _did_not_read(joiner, draft):
            stay.append(draft)
        else:
            draft.attach(joiner, "none", IN_ORDER, f"{joiner.name} is the first that began when it had ended")
            leading.add(id(joiner))
    return stay


def _did_not_read(joiner: Draft, draft: Draft) -> bool:
    """Whether texts were recorded, and the one's output is not in what the other read."""
    read = any(first_value(call.span, MODEL_INPUTS) is not None for call in joiner.calls)
    return read and tells_enough(output_of(draft))


def container_above(node: Node | None) -> Node | None:
    """The nearest container at or above a span."""
    while node is not None and node.reading.role != "container":
        node = node.parent
    return node
