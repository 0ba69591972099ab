"""An agent invocation while it is being inferred."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tierscope.instrumentation.runs import EvidenceSource
from tierscope.instrumentation.tiers.forest import Node

if TYPE_CHECKING:
    from tierscope.instrumentation.tiers.messages import Said


@dataclass(slots=True, eq=False)
class Draft:
    """One invocation: its spans, and what is known of its parent so far."""

    name: str
    nodes: list[Node]
    """Its spans: the first is its own, others are duplicates, wrappers or later turns of it."""
    above: "Draft | None" = None
    """The nearest agent above in the span tree."""
    parent: "Draft | None" = None
    source: EvidenceSource = "none"
    confidence: float = 0.0
    """That the parent is right, given that the parent's own place is."""
    evidence: list[str] = field(default_factory=list[str])
    calls: list[Node] = field(default_factory=list[Node])
    """Its own model calls, by start."""
    tools: list[Node] = field(default_factory=list[Node])
    """Its own tool calls and handoffs, by start."""
    said: "Said | None" = None
    """What its messages tell, where a framework records these as traces of their own."""
    given_by: Node | None = None
    """The tool call or handoff beside it by which it got its work."""
    merged_into: "Draft | None" = None
    settled: bool = False
    """True once its parent is decided, or that it has none."""

    @property
    def node(self) -> Node:
        """Its own span."""
        return self.nodes[0]

    @property
    def id(self) -> str:
        """``trace_id:span_id`` of its own span."""
        return self.nodes[0].span.key

    @property
    def start_ns(self) -> int:
        """Start of its first span."""
        if len(self.nodes) == 1:  # as nearly always
            return self.nodes[0].span.start_ns
        return min(n.span.start_ns for n in self.nodes)

    @property
    def end_ns(self) -> int | None:
        """End of its last span; None where its own span, or a later turn, was not seen to end."""
        if len(self.nodes) == 1:
            return self.nodes[0].span.end_ns
        ends = [n.span.end_ns for n in self.nodes]
        return None if any(end is None for end in ends) else max(end for end in ends if end is not None)

    def attach(self, parent: "Draft", source: EvidenceSource, confidence: float, why: str) -> None:
        """Settle the parent, with the sentence that says why."""
        self.parent = parent
        self.source = source
        self.confidence = confidence
        self.settled = True
        self.evidence.append(f"Its parent is {parent.name}: {why}.")

    def absorb(self, other: "Draft", why: str) -> None:
        """Take over another draft's spans and work, since it is the same invocation."""
        other.merged_into = self
        for node in other.nodes:
            node.draft = self
        self.nodes += other.nodes
        self.calls += other.calls
        self.tools += other.tools
        self.evidence.append(f"{why}.")

    def is_below(self, other: "Draft") -> bool:
        """Whether ``other`` is this draft or one of its ancestors as known so far."""
        draft: Draft | None = self
        while draft is not None:
            if draft is other:
                return True
            draft = draft.parent
        return False


def canonical(draft: Draft | None) -> Draft | None:
    """The draft that it was merged into, through any number of merges."""
    while draft is not None and draft.merged_into is not None:
        draft = draft.merged_into
    return draft


def tops_of(drafts: Sequence[Draft]) -> dict[int, Draft]:
    """The topmost ancestor of each, as known so far, by the draft's id."""
    found: dict[int, Draft] = {}
    for draft in drafts:
        path = [draft]
        while id(path[-1]) not in found and path[-1].parent is not None:
            path.append(path[-1].parent)
        top = found.get(id(path[-1]), path[-1])
        found.update(dict.fromkeys(map(id, path), top))
    return found
