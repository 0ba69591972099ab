"""Find the agent invocations of one trace: each once, however many spans tell of it."""

from collections import Counter
from itertools import pairwise

from tierscope.instrumentation.tiers.draft import Draft, canonical
from tierscope.instrumentation.tiers.forest import Node, Trace
from tierscope.instrumentation.tiers.outcome import TOOL_OUTPUTS
from tierscope.instrumentation.tiers.reading import Reading
from tierscope.instrumentation.tiers.texts import first_value, result
from tierscope.instrumentation.tiers.transfers import names_nobody

_WORK = ("model", "tool", "handoff")


def find_agents(trace: Trace) -> list[Draft]:
    """Drafts of a trace's invocations, parents' spans before children's; sets every node's draft and owner."""
    _name_missing(trace)
    _promote_delegates(trace)
    behind_tool: set[int] = set()
    drafts = [draft for node in trace.nodes if (draft := _visit(node, behind_tool)) is not None]
    for draft in drafts:
        _merge_into_wrapper(draft, behind_tool)
    _merge_twins(drafts)
    _merge_by_id(drafts)
    return [draft for draft in drafts if draft.merged_into is None]


def _visit(node: Node, behind_tool: set[int]) -> Draft | None:
    """Give a node its owner, and a draft where it is an agent's."""
    parent, reading = node.parent, node.reading
    above = parent.owner if parent is not None else None
    if parent is not None and parent.draft is None and (parent.reading.role == "tool" or id(parent) in behind_tool):
        behind_tool.add(id(node))
    if reading.role == "agent":
        draft = Draft(reading.name or node.span.name, [node], above=above)
        draft.evidence.append(f"{draft.name} is an agent: {reading.why or 'its span says so'}.")
        node.draft = node.owner = draft
        if reading.is_call:
            draft.calls.append(node)
        return draft
    node.owner = above
    if above is not None and reading.role in _WORK:
        if reading.role == "model":
            if not inside_model(node):
                above.calls.append(node)
        else:
            above.tools.append(node)
    return None


def inside_model(node: Node) -> bool:
    """Two instrumentations at once record one request as a span in a span."""
    above = node.parent
    while above is not None and above.draft is None and above.reading.role != "tool":
        if above.reading.role == "model":
            return True
        above = above.parent
    return False


def _merge_into_wrapper(draft: Draft, behind_tool: set[int]) -> None:
    """A span inside another of the same agent is the same invocation, unless the outer one does work of its own."""
    outer = canonical(draft.above)
    draft.above = outer
    if outer is None or outer.name != draft.name or draft.node.reading.repeats or id(draft.node) in behind_tool:
        return
    inside, outside = draft.node.span, outer.node.span
    alike = inside.kind == outside.kind and inside.scope_name == outside.scope_name
    if alike and (outer.calls or outer.tools) and not outer.node.reading.wraps:
        return
    outer.absorb(draft, f"The span {inside.name!r} inside is the same invocation")


def _merge_twins(drafts: list[Draft]) -> None:
    """A childless agent span beside a span of the same agent at the same time: the second holds the work."""
    beside: dict[tuple[int, str], list[Draft]] = {}
    for draft in drafts:
        if draft.merged_into is None and draft.node.parent is not None and not draft.node.reading.repeats:
            beside.setdefault((id(draft.node.parent), draft.name), []).append(draft)
    for group in beside.values():
        for first, second in pairwise(group):
            if first.node.children and not second.node.children and _at_once(first, second):
                first, second = second, first
            if not first.node.children and _overlap(first, second):
                first.absorb(second, f"The span {second.node.span.name!r} beside it at the same time is its work")


def _merge_by_id(drafts: list[Draft]) -> None:
    """Spans that give one id are of one invocation."""
    first: dict[str, Draft] = {}
    for draft in drafts:
        for reference in draft.node.reading.references if draft.merged_into is None else ():
            known = first.setdefault(reference, draft)
            if known is not draft:
                known.absorb(draft, f"The span {draft.node.span.name!r} has its id {reference} too")
                break


def _at_once(first: Draft, second: Draft) -> bool:
    """Whether both have the same times, as clocks of low resolution give them: then either may come first."""
    one, other = first.node.span, second.node.span
    return (one.start_ns, one.end_ns) == (other.start_ns, other.end_ns)


def _overlap(first: Draft, second: Draft) -> bool:
    end = first.node.span.end_ns
    return end is None or second.node.span.start_ns <= end


def _name_missing(trace: Trace) -> None:
    """A span that never came is an agent's, or inside an agent, where its children say whom they worked for."""
    for node in [n for n in trace.nodes if n.missing]:
        names = Counter(c.reading.owner for c in node.children if c.reading.owner)
        if len(names) != 1:
            continue
        name, count = next(iter(names.items()))
        running = _running(trace, name, node)
        if running is not None:
            trace.hang(node, running)
            continue
        why = f"its own span never came, but {count} spans below say that they worked for it"
        node.reading = Reading("agent", name, why)
        node.convention = node.children[0].convention


def _running(trace: Trace, name: str, missing: Node) -> Node | None:
    """The span of the one agent of that name that was running then: the missing span was inside it."""
    start = missing.span.start_ns
    found = [
        n
        for n in trace.nodes
        if n.reading.role == "agent"
        and n.reading.name == name
        and n.span.start_ns <= start <= (n.span.end_ns or start)
        and not n.is_below(missing)
    ]
    return found[0] if len(found) == 1 else None


def _promote_delegates(trace: Trace) -> None:
    """A tool call that names the agent it runs stands for that agent, where the agent has no span of its own."""
    holding: set[int] = set()
    for node in reversed(trace.nodes):
        reading = node.reading
        if reading.role == "tool":
            if reading.target is None or reading.kind != "tool" or id(node) in holding:
                continue
            if names_nobody(result(first_value(node.span, TOOL_OUTPUTS))):
                continue
            reading.role, reading.name, reading.delegated = "agent", reading.target, True
            reading.why = f"the tool call {node.span.name!r} names it, and it has no span of its own"
        elif (reading.role == "agent" or id(node) in holding) and node.parent is not None:
            holding.add(id(node.parent))
