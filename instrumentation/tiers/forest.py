"""The span trees of a set of traces, without recursion and without quadratic steps."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tierscope.instrumentation.spans import Span
from tierscope.instrumentation.tiers.reading import Convention, Reading

if TYPE_CHECKING:
    from tierscope.instrumentation.tiers.draft import Draft


@dataclass(slots=True, eq=False)
class Node:
    """One span in its tree."""

    span: Span
    reading: Reading
    convention: Convention | None
    parent: "Node | None" = None
    children: "list[Node]" = field(default_factory=list["Node"])
    missing: bool = False
    """True for a stand-in of a span that others name as their parent and that never came."""
    draft: "Draft | None" = None
    """The invocation whose span this is."""
    owner: "Draft | None" = None
    """The nearest invocation at or above, whose work this span is."""

    def is_below(self, other: "Node") -> bool:
        """Whether ``other`` is this span or above it."""
        node: Node | None = self
        while node is not None and node is not other:
            node = node.parent
        return node is other


@dataclass(slots=True, eq=False)
class Trace:
    """One trace as a forest."""

    trace_id: str
    nodes: list[Node]
    """Parents before children, siblings by start; stand-ins for missing spans included."""
    span_count: int
    orphan_span_count: int
    start_ns: int
    """Start of its first span; 0 where no span has a time."""
    end_ns: int
    """End of its last span, as far as recorded."""

    def hang(self, root: Node, parent: Node) -> None:
        """Put a span without a parent, and all below it, under another."""
        root.parent = parent
        parent.children.append(root)
        self.nodes = _parents_first([n for n in self.nodes if n.parent is None])

    def share(self, nodes: list[Node]) -> "Trace":
        """Some of its spans as a trace of their own; they stay where they hang."""
        spans = [n.span for n in nodes if not n.missing]
        orphans = sum(n.parent is not None and n.parent.missing for n in nodes)
        return Trace(self.trace_id, nodes, len(spans), orphans, *_extent(spans))

    def dissolve(self) -> None:
        """Undo the rings of references among the nodes, so that they go at once and not with the next collection."""
        for node in self.nodes:
            node.parent = node.draft = node.owner = None
            node.children = []


def unique_spans(spans: Iterable[Span]) -> dict[str, dict[str, Span]]:
    """Spans by trace and id; of two with one id the finished one wins, then the one that ends later.

    Returns:
        trace_id -> span_id -> span.
    """
    traces: dict[str, dict[str, Span]] = {}
    for span in spans:
        trace = traces.setdefault(span.trace_id, {})
        known = trace.get(span.span_id)
        if known is None or (span.end_ns or -1) > (known.end_ns or -1):
            trace[span.span_id] = span
    return traces


def build_trace(trace_id: str, spans: dict[str, Span], nodes: dict[str, Node]) -> Trace:
    """Hang one trace's nodes together.

    Args:
        trace_id: the trace.
        spans: its spans by id.
        nodes: a node for each of them by id; parents and children are set here.
    """
    roots: list[Node] = []
    missing: dict[str, Node] = {}
    orphan_spans = 0
    for node in sorted(nodes.values(), key=_start):
        parent_id = node.span.parent_span_id
        if not parent_id:
            roots.append(node)
            continue
        parent = nodes.get(parent_id)
        if parent is None:
            orphan_spans += 1
            parent = missing.get(parent_id)
            if parent is None:
                parent = missing[parent_id] = _stand_in(node, parent_id)
                roots.append(parent)
        node.parent = parent
        parent.children.append(node)
    ordered = _parents_first(roots)
    if len(ordered) < len(nodes) + len(missing):
        ordered += _break_cycles(nodes.values(), ordered)
    return Trace(trace_id, ordered, len(spans), orphan_spans, *_extent(spans.values()))


def _extent(spans: Collection[Span]) -> tuple[int, int]:
    start = min((s.start_ns for s in spans if s.start_ns), default=0)
    return start, max((s.end_ns or s.start_ns for s in spans), default=0)


def _start(node: Node) -> tuple[int, int]:
    """Siblings by start; of two that start together the longer first, as it may hold the other."""
    span = node.span
    return span.start_ns, -(span.end_ns or span.start_ns)


def _stand_in(child: Node, span_id: str) -> Node:
    known = child.span
    span = Span(known.trace_id, span_id, None, "", "unspecified", known.start_ns, None, resource=known.resource)
    return Node(span, Reading("step"), child.convention, missing=True)


def _parents_first(roots: Sequence[Node]) -> list[Node]:
    ordered: list[Node] = []
    stack = list(reversed(roots))
    while stack:
        node = stack.pop()
        ordered.append(node)
        stack.extend(reversed(node.children))
    return ordered


def _break_cycles(nodes: Iterable[Node], reached: Sequence[Node]) -> list[Node]:
    """Spans that name each other as parents: the earliest of a ring becomes a root."""
    seen = {id(n) for n in reached}
    extra: list[Node] = []
    for node in sorted(nodes, key=_start):
        if id(node) in seen:
            continue
        if node.parent is not None:
            node.parent.children.remove(node)
            node.parent = None
        part = _parents_first([node])
        seen.update(id(n) for n in part)
        extra += part
    return extra
