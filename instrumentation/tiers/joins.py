"""Which traces are one run.

Declared run ids decide; then span links; then conversation ids; then text that one trace wrote and another read. A
trace that only builds agents belongs to the run that uses them, and one without agents to the run during which it ran.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from tierscope.instrumentation.semconv import GEN_AI_CONVERSATION_ID, TIERSCOPE_RUN_ID
from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.flow import readers
from tierscope.instrumentation.tiers.forest import Trace


@dataclass(slots=True, eq=False)
class Part:
    """One trace and what was found in it."""

    trace: Trace
    drafts: list[Draft]
    heads: list[Draft]
    """Drafts without a parent inside the trace."""
    run_id: str | None = None
    """Declared."""
    conversations: set[str] = field(default_factory=set[str])
    why: str | None = None
    """Why it was joined to another trace."""
    begun_by: Draft | None = None
    """Its first agent, where it is a second or later run in a trace of several."""


def make_part(trace: Trace, drafts: list[Draft], heads: list[Draft]) -> Part:
    """Collect the ids by which a trace may belong to a run."""
    part = Part(trace, drafts, heads)
    for head in heads:
        part.run_id = declared_run(head) or part.run_id
        for node in head.nodes:
            conversation = node.span.attributes.get(GEN_AI_CONVERSATION_ID)
            if isinstance(conversation, str):
                part.conversations.add(conversation)
    return part


def declared_run(draft: Draft) -> str | None:
    """The run that an invocation says it is part of."""
    found = (node.span.attributes.get(TIERSCOPE_RUN_ID) for node in draft.nodes)
    return next((run for run in found if isinstance(run, str)), None)


def join_parts(parts: Sequence[Part]) -> list[list[Part]]:
    """Group traces into runs, each in order of start."""
    ordered = sorted(parts, key=lambda p: p.trace.start_ns)
    groups = _Groups(ordered)
    groups.join_declared()
    groups.join_linked()
    groups.join_conversations()
    groups.join_texts()
    groups.join_builders()
    groups.join_agentless()
    return groups.all()


class _Groups:
    """Traces that are being joined, as a union-find over their positions."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._leader = list(range(len(parts)))
        self._names = [{h.name for h in part.heads} for part in parts]
        """Names of the root agents of each group, at its leader's position."""

    def all(self) -> list[list[Part]]:
        found: dict[int, list[Part]] = {}
        for position, part in enumerate(self._parts):
            found.setdefault(self._find(position), []).append(part)
        return list(found.values())

    def join_declared(self) -> None:
        first: dict[str, int] = {}
        for position, part in enumerate(self._parts):
            if part.run_id is not None:
                self._join(first.setdefault(part.run_id, position), position, "it declares the same run id")

    def join_linked(self) -> None:
        known = {p.trace.trace_id: i for i, p in enumerate(self._parts) if p.begun_by is None}
        shared = {p.trace.trace_id for p in self._parts if p.begun_by is not None}
        held = {n.span.key: i for i, p in enumerate(self._parts) if p.trace.trace_id in shared for n in p.trace.nodes}
        for position, part in enumerate(self._parts):
            for node in part.trace.nodes:
                for link in node.span.links:
                    inside = position if link.trace_id == part.trace.trace_id else known.get(link.trace_id, position)
                    other = held.get(f"{link.trace_id}:{link.span_id}", inside)
                    if other != position:
                        self._join(other, position, f"its span {node.span.name!r} links to the other")

    def join_conversations(self) -> None:
        """One conversation, unless the same root agent begins again: that is the next turn, a run of its own."""
        last: dict[str, int] = {}
        for position, part in enumerate(self._parts):
            for conversation in sorted(part.conversations):
                known = last.get(conversation)
                if known is not None and not (self._roots(known) & {h.name for h in part.heads}):
                    self._join(known, position, f"it has the same conversation id {conversation}")
                last[conversation] = position

    def join_texts(self) -> None:
        """Traces of one agent each, of which one read what another wrote."""
        heads = [(h, i) for i, p in enumerate(self._parts) if p.run_id is None for h in p.heads]
        if len({self._find(i) for _, i in heads}) < 2:
            return
        place = {id(h): i for h, i in heads}
        ordered = sorted((h for h, _ in heads), key=lambda d: d.start_ns)
        read_by = readers(ordered)
        for writer in ordered:
            here = place[id(writer)]
            for reader in read_by.get(id(writer), ()):
                there = place[id(reader)]
                if self._find(here) == self._find(there):
                    break
                if not self._roots(here) & self._roots(there):
                    why = f"its {reader.name} read the whole output of {writer.name}"
                    self._join(here, there, why)
                    break

    def join_builders(self) -> None:
        """A trace that only builds agents belongs to the next run that uses them, else to the next of its service."""
        ends: dict[str, list[tuple[int, int]]] = {}
        for position, part in enumerate(self._parts):
            if part.drafts:
                for name in {f"service {_service(part)}", *(f"agent {d.name}" for d in part.drafts)}:
                    ends.setdefault(name, []).append((part.trace.end_ns, position))
        for found in ends.values():
            found.sort()
        for position, part in enumerate(self._parts):
            if self._roots(position) or not _only_builds(part):
                continue
            built = sorted({f"agent {n.reading.name}" for n in part.trace.nodes if n.reading.role == "setup"})
            users = [u for name in built if (u := _first_after(ends.get(name, []), part.trace.end_ns)) is not None]
            user = min(users) if users else _first_after(ends.get(f"service {_service(part)}", []), part.trace.end_ns)
            if user is not None:
                self._join(user, position, "it only builds agents or a workflow of this run")

    def join_agentless(self) -> None:
        """A trace without agents belongs to the one run of its service during which it ran."""
        running: list[int] = []
        for position, part in enumerate(self._parts):
            running = [i for i in running if self._parts[i].trace.end_ns >= part.trace.start_ns]
            if part.drafts:
                running.append(position)
            elif not self._roots(position):
                around = [
                    i
                    for i in running
                    if self._parts[i].trace.end_ns >= part.trace.end_ns and _service(self._parts[i]) == _service(part)
                ]
                if len({self._find(i) for i in around}) == 1:
                    self._join(around[0], position, "it holds no agent and ran during this run")

    def _roots(self, position: int) -> set[str]:
        return self._names[self._find(position)]

    def _find(self, position: int) -> int:
        while self._leader[position] != position:
            self._leader[position] = self._leader[self._leader[position]]
            position = self._leader[position]
        return position

    def _join(self, first: int, second: int, why: str) -> None:
        left, right = self._find(first), self._find(second)
        if left != right:
            self._leader[right] = left
            self._names[left] |= self._names[right]
            self._parts[second].why = self._parts[second].why or why


def _only_builds(part: Part) -> bool:
    return all(n.reading.role == "setup" for n in part.trace.nodes if n.parent is None)


def _first_after(ends: list[tuple[int, int]], end_ns: int) -> int | None:
    """Position of the first trace that ends then or later."""
    at = bisect_left(ends, (end_ns, -1))
    return ends[at][1] if at < len(ends) else None


def _service(part: Part) -> str | None:
    return part.trace.nodes[0].span.service
