"""What may have given work to an agent: handoffs, transfers, and open tool calls that bear its name."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft, canonical
from tierscope.instrumentation.tiers.forest import Node

_OTHER: Final = re.compile(r"\W")


class Handoffs:
    """An index over some traces' spans, made when it is first asked.

    Args:
        nodes: of the traces.
        drafts: their invocations.
    """

    def __init__(self, nodes: Sequence[Node], drafts: Sequence[Draft]) -> None:
        self._nodes = nodes
        self._drafts = drafts

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
        """The last of them before the draft first ran, and who gave it; a tool call must still have been open."""
        name, start = plain_name(draft.name), draft.start_ns
        found = (
            self._last_before(start, self.by_target.get(name, []), draft),
            self._last_before(start, self._tools.get(name, []), draft, still_open=True),
        )
        return max((f for f in found if f is not None), key=lambda f: f[0].span.start_ns, default=None)

    def _last_before(
        self, start: int, nodes: list[Node], draft: Draft, still_open: bool = False
    ) -> tuple[Node, Draft] | None:
        for at in range(bisect_right(nodes, start, key=_start) - 1, -1, -1):
            node = nodes[at]
            if still_open and node.span.end_ns is not None and node.span.end_ns < start:
                continue
            if node.reading.target != draft.name and node.reading.target in self._names:
                continue
            giver = canonical(node.owner) or self._only(node.reading.giver)
            if giver is not None and giver is not draft:
                return node, giver
        return None

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
