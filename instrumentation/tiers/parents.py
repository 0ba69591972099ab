"""Give every invocation its parent, by the strongest evidence there is."""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft, canonical
from tierscope.instrumentation.tiers.forest import Node, Trace
from tierscope.instrumentation.tiers.handoffs import Handoffs
from tierscope.instrumentation.tiers.siblings import settle, settle_led

SURE: Final = 1.0
NESTED: Final = 0.95
NESTED_IN_MISSING: Final = 0.6
NAMED: Final = 0.6
HINTED: Final = 0.4
LEADS: Final = 0.5


def attach_declared(waiting: Sequence[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    """Parents that spans name themselves: by an invocation's id, or by an agent's name where one agent has it.

    Args:
        waiting: drafts without a parent.
        drafts: where parents are looked for.

    Returns:
        Those of ``waiting`` that stay without.
    """
    by_reference: dict[str, Draft] = {}
    by_name: dict[str, list[Draft]] = {}
    for draft in drafts:
        by_name.setdefault(draft.name, []).append(draft)
        for node in draft.nodes:
            for reference in node.reading.references:
                by_reference.setdefault(reference, draft)
    left: list[Draft] = []
    for draft in waiting:
        reading = draft.node.reading
        named = by_name.get(reading.parent_name or "", [])
        parent = by_reference.get(reading.parent_reference or "", named[0] if len(named) == 1 else None)
        if parent is None or parent.is_below(draft):
            left.append(draft)
        else:
            said = reading.parent_reference or reading.parent_name
            draft.attach(parent, "declared", SURE, f"its span names {said} as its parent")
    return left


def attach_within(trace: Trace, drafts: list[Draft], handoffs: Handoffs) -> list[Draft]:
    """Parents by the span tree; below a container without an agent above, by how its agents pass work on.

    Args:
        trace: the trace.
        drafts: its invocations; a container that turns out to lead its agents is added.
        handoffs: its handoffs.

    Returns:
        The drafts of the trace that no agent of it is above of, in order of start.
    """
    waiting: dict[int, list[Draft]] = {}
    top: list[Draft] = []
    for node in reversed(trace.nodes):
        heads = _unsettled(waiting.pop(id(node), []))
        own = canonical(node.draft)
        if own is not None:
            if len(heads) > 1 and node.reading.flow == "handoff":
                heads = settle_led(heads, handoffs)
            for head in heads:
                if head is not own and not own.is_below(head):
                    _attach_nested(head, own)
            heads = [] if own.settled and own.parent is not None else [own]
        elif len(heads) > 1:
            heads = settle(node, heads, handoffs)
            if len(heads) > 1 and node.reading.may_lead and node.reading.name and _outermost(node):
                heads = [_take_lead(node, node.reading.name, heads)]
                drafts += heads
        if node.parent is None:
            top += heads
        else:
            _pass_up(waiting, node.parent, heads)
    return sorted(_unsettled(top), key=lambda d: d.start_ns)


def attach_named(heads: list[Draft], drafts: Sequence[Draft]) -> list[Draft]:
    """Parents for those without one: the one running agent that names it as its own to call, else a hint.

    Args:
        heads: drafts without a parent, in order of start.
        drafts: all drafts of the run.

    Returns:
        Those of ``heads`` that stay without.
    """
    bosses: dict[str, list[Draft]] = {}
    names: dict[str, list[Draft]] = {}
    for draft in drafts:
        names.setdefault(draft.name, []).append(draft)
        for node in draft.nodes:
            for member in node.reading.members:
                bosses.setdefault(member, []).append(draft)
    left: list[Draft] = []
    for head in heads:
        able = [b for b in bosses.get(head.name, ()) if _running(b, head) and not b.is_below(head)]
        hinted = [d for d in names.get(head.node.reading.parent_hint or "", ()) if not d.is_below(head)]
        if len({id(b) for b in able}) == 1:
            head.attach(able[0], "name", NAMED, f"{able[0].name} was running and names {head.name} as its own to call")
        elif len(hinted) == 1:
            head.attach(hinted[0], "name", HINTED, "its span names it, though that may only be the agent before it")
        else:
            left.append(head)
    return left


def _attach_nested(head: Draft, own: Draft) -> None:
    if own.node.missing:
        why = "the nearest agent above it in the span tree is one whose own span never came"
        head.attach(own, "agent_span", NESTED_IN_MISSING, why)
    else:
        head.attach(own, "agent_span", NESTED, "it is the nearest agent above it in the span tree")


def _outermost(node: Node) -> bool:
    above = node.parent
    while above is not None and above.reading.role not in ("container", "agent"):
        above = above.parent
    return above is None


def _take_lead(node: Node, name: str, heads: Sequence[Draft]) -> Draft:
    """Make a container an agent, since nobody else leads the agents in it."""
    lead = node.draft = Draft(name, [node])
    lead.evidence.append(
        f"{name} is taken as an agent: {len(heads)} agents run in it, and none of them leads the others."
    )
    for head in heads:
        head.attach(lead, "agent_span", LEADS, f"it runs in {name}, and no agent beside it leads")
    return lead


def _unsettled(drafts: Sequence[Draft]) -> list[Draft]:
    """Each once, without those that were merged or have a parent."""
    seen: dict[int, Draft] = {}
    for draft in drafts:
        real = canonical(draft)
        if real is not None and real.parent is None:
            seen[id(real)] = real
    return list(seen.values())


def _pass_up(waiting: dict[int, list[Draft]], parent: Node, heads: list[Draft]) -> None:
    known = waiting.get(id(parent))
    if known is None:
        waiting[id(parent)] = heads
    else:
        known += heads


def _running(boss: Draft, head: Draft) -> bool:
    end = boss.end_ns
    return boss.start_ns <= head.start_ns and (end is None or head.start_ns <= end)
