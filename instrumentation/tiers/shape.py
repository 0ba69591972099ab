"""The tree as it came out: its root, order, tiers and how sure they are."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.runs import Role
from tierscope.instrumentation.tiers.draft import Draft, tops_of
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.leaderless import GUESSED, presume_tiers
from tierscope.instrumentation.tiers.siblings import container_above
from tierscope.instrumentation.tiers.values import whole

ROOT_SURE: Final = 0.95
"""Of a root with every other agent below it; else times the share of the run's agents that are."""
CUT_OFF: Final = 0.6
"""Of a root above which a span never came: a run that is still arriving looks like that."""
LONE_ORPHAN: Final = 0.2
_BOUNDARY: Final = ("server", "consumer")
"""Kinds of spans that answer another service, whose spans go elsewhere."""


def find_root(drafts: Sequence[Draft], heads: Sequence[Draft]) -> Draft | None:
    """The one without a parent; of several the one above most of the agents, as a guess that is marked as one."""
    if len(heads) <= 1:
        return heads[0] if heads else None
    below = Counter(map(id, tops_of(drafts).values()))
    able = [h for h in heads if not _in_nested_container(h)]
    most = max(able, key=lambda d: below[id(d)], default=None)
    if most is None:
        return None
    return most if below[id(most)] * 2 > len(drafts) else None


def _in_nested_container(head: Draft) -> bool:
    """Whether it ran in a container inside another: then the outer one's agent, which never ran, is above it."""
    container = container_above(head.node.parent)
    return container is not None and container_above(container.parent) is not None


class Shape:
    """The tree as it came out: order, children, tiers and confidences."""

    def __init__(self, drafts: Sequence[Draft], root: Draft | None) -> None:
        self.root = root
        self.children: dict[int, list[Draft]] = {}
        for draft in sorted(drafts, key=lambda d: d.start_ns):
            if draft.parent is not None:
                self.children.setdefault(id(draft.parent), []).append(draft)
        lost = [d for d in drafts if d.parent is None and d is not root]
        self.orphans = sorted(lost, key=lambda d: d.start_ns)
        self.tiers: dict[int, int | None] = {}
        self.declared: dict[int, int | None] = {}
        """Tiers that spans declare."""
        self.sure: dict[int, float] = {}
        self.tier_one: dict[int, Draft | None] = {}
        self.presumed = presume_tiers(drafts, self.orphans) if root is None else {}
        """Tiers of those whose leader never ran."""
        self.ordered = self._below([root]) if root is not None else []
        self.is_cut_off = root is not None and _is_cut_off(root.node)
        """Whether a span above the root never came, which may be that of an agent."""
        self._share = len(self.ordered) / max(len(drafts), 1)
        self.ordered += self._below(self.orphans)
        for draft in self.ordered:
            self._place(draft)

    def _below(self, tops: Sequence[Draft]) -> list[Draft]:
        """These and all below them, parents before children."""
        found: list[Draft] = []
        stack = list(reversed(tops))
        while stack:
            draft = stack.pop()
            found.append(draft)
            stack.extend(reversed(self.children.get(id(draft), [])))
        return found

    def _place(self, draft: Draft) -> None:
        above = draft.parent
        declared = self.declared[id(draft)] = declared_tier(draft)
        if above is None:
            tier = 0 if draft is self.root else self.presumed.get(id(draft))
            sure = LONE_ORPHAN if tier is None else GUESSED
            if draft is self.root:
                sure = (CUT_OFF if self.is_cut_off else ROOT_SURE) * self._share
        else:
            above_tier = self.tiers[id(above)]
            tier = None if above_tier is None else above_tier + 1
            sure = min(draft.confidence, self.sure[id(above)] if draft.source != "declared" else 1.0)
        if declared is not None:
            tier, sure = declared, 1.0
        self.tiers[id(draft)] = tier
        self.sure[id(draft)] = sure
        self.tier_one[id(draft)] = draft if tier == 1 else (self.tier_one[id(above)] if above is not None else None)

    def role(self, draft: Draft) -> Role | None:
        """By structure; None for an orphan."""
        if draft is self.root:
            return "root"
        if self.tiers[id(draft)] is None:
            return None
        return "domain" if id(draft) in self.children else "leaf"


def _is_cut_off(node: Node) -> bool:
    while node.parent is not None and not node.parent.missing:
        node = node.parent
    return node.parent is not None and node.span.kind not in _BOUNDARY


def declared_tier(draft: Draft) -> int | None:
    """The tier that an invocation's spans say it is on."""
    for node in draft.nodes:
        tier = whole(node.span.attributes.get(semconv.TIERSCOPE_TIER, node.reading.tier))
        if tier is not None:
            return tier
    return None
