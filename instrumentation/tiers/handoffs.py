"""What may have given work to an agent: handoffs, transfers, and open tool calls that bear its name."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft, canonical
from tierscope.instrumentation.tiers.forest import Node

_OTHER: Final = re.compile(r"\W")
_OPEN_AT_ONCE: Final = 64
"""Tool calls of one agent that are looked at, the latest first: more are not open at the same time."""


class Handoffs:
    """An index over some traces' spans, made when it is first asked.

    Args:
        nodes: of the traces.
        drafts: their invocations.
    """

    def __init__(self, nodes: Sequence[Node], drafts: Sequence[Draft]) -> None:
        self._nodes = nodes
        self._drafts = drafts
        self._answered: set[int] = set()
        """ids of tool calls whose agent's invocation is known."""

    @cached_property
    def by_target(self) -> dict[str, list[Node]]:
        """Handoffs and transfers by the receiver's plain name, in order of start."""
        found: dict[str, list[Node]] = {}
        for node in self._nodes:
            reading = node.reading
            if reading.target is not None and (reading.role == "handoff" or reading.kind != "tool"):
                found.setdefault(plain_name(reading.target), []).append(node)
        return {name: sorted(nodes, key=_start) for name, nodes in found.items()}

    def latest(self, draft: Draft) -> tuple[Node, Draft] | None:
        """The last of them before the draft first ran, and who gave it; a tool call must still have been open.

        Of several open calls of the same agent the first that no other invocation answers is this one's.
        """
        handed = self._last_before(draft)
        called = self._open_calls(draft)
        free = [call for call in called if id(call[0]) not in self._answered]
        found = [f for f in (handed, free[-1] if free else called[0] if called else None) if f is not None]
        best = max(found, key=lambda f: f[0].span.start_ns, default=None)
        if best is not None and best is not handed:
            self._answered.add(id(best[0]))
        return best

    def is_called(self, draft: Draft) -> bool:
        """Whether a tool call that bears its name was open when it began."""
        return bool(self._open_calls(draft))

    def _last_before(self, draft: Draft) -> tuple[Node, Draft] | None:
        nodes = self.by_target.get(plain_name(draft.name), [])
        for at in range(bisect_right(nodes, draft.start_ns, key=_start) - 1, -1, -1):
            giver = self._giver(nodes[at], draft)
            if giver is not None:
                return nodes[at], giver
        return None

    def _open_calls(self, draft: Draft) -> list[tuple[Node, Draft]]:
        """Tool calls that bear its name and were open when it began, with their callers, the latest first."""
        nodes, start = self._tools.get(plain_name(draft.name), []), draft.start_ns
        end = bisect_right(nodes, start, key=_start)
        return [
            (node, giver)
            for node in reversed(nodes[max(0, end - _OPEN_AT_ONCE) : end])
            if (node.span.end_ns is None or node.span.end_ns >= start)
            and (giver := self._giver(node, draft)) is not None
        ]

    def _giver(self, node: Node, draft: Draft) -> Draft | None:
        """Who gives the draft its work by this span; None where it gives it to itself, or to another of like name."""
        if node.reading.target != draft.name and node.reading.target in self._names:
            return None
        giver = canonical(node.owner) or self._only(node.reading.giver)
        return None if giver is draft else giver

    def _only(self, name: str | None) -> Draft | None:
        """The one agent of that name, for handoffs that name their giver."""
        named = self._named.get(plain_name(name), []) if name is not None else []
        exact = [d for d in named if d.name == name] or named
        return exact[0] if len(exact) == 1 else None

    @cached_property
    def _names(self) -> set[str]:
        """Names as they are: of Root and ROOT only one is meant where a handoff spells it so."""
        return {d.name for d in self._drafts}

    @cached_property
    def _named(self) -> dict[str, list[Draft]]:
        found: dict[str, list[Draft]] = {}
        for draft in self._drafts:
            found.setdefault(plain_name(draft.name), []).append(draft)
        return found

    @cached_property
    def _tools(self) -> dict[str, list[Node]]:
        """Tool calls by the agent whose name their tool bears, such as ``ask_planner``, in order of start."""
        bearers: dict[str, str | None] = {}
        found: dict[str, list[Node]] = {}
        for node in self._nodes:
            tool = node.reading.name
            if node.reading.role != "tool" or tool is None:
                continue
            if tool not in bearers:
                bearers[tool] = self._agent_in(plain_name(tool))
            agent = bearers[tool]
            if agent is not None:
                found.setdefault(agent, []).append(node)
        return {name: sorted(nodes, key=_start) for name, nodes in found.items()}

    def _agent_in(self, tool: str) -> str | None:
        """The agent whose name a tool's name is, begins with or ends with; the longest of several."""
        parts = tool.split("_")
        for cut in range(len(parts)):
            for name in ("_".join(parts[cut:]), "_".join(parts[: len(parts) - cut])):
                if name in self._named:
                    return name
        return None


def plain_name(name: str) -> str:
    """A name as handoff tools spell it: lower case, everything else an underscore."""
    return _OTHER.sub("_", name.lower())


def _start(node: Node) -> int:
    return node.span.start_ns
