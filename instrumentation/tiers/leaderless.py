"""Tiers of agents whose leader is not there: one that never ran, or one whose span, and so its name, never came."""

from collections.abc import Sequence
from typing import Final

from tierscope.instrumentation.tiers.draft import Draft
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.siblings import container_above

GUESSED: Final = 0.3
"""How sure such a tier is: a container may as well have had no leader."""


def presume_tiers(drafts: Sequence[Draft], heads: Sequence[Draft]) -> dict[int, int]:
    """Count the leaders that there must have been above agents.

    Above agents whose nearest span in common never came there was one where model calls are left that nobody else made.
    A container in which several agents or containers run is taken to be led by one more agent, which never ran, unless
    one of the agents in it leads the others. Containers that hold one container and nothing else count as one with it.

    Args:
        drafts: a run's invocations.
        heads: those without a parent, none of which leads the run.

    Returns:
        Tiers of the heads by the draft's id; empty where nothing tells.
    """
    if _below_unnamed(heads):
        return {id(head): 1 for head in heads}
    branches: dict[int, set[int]] = {}
    around = {id(draft): _containers(draft, branches) for draft in drafts}
    if len({path[-1:] for path in around.values()}) != 1:
        return {}
    led = {(id(draft.parent), container) for draft in drafts for container in around[id(draft)]}
    tiers: dict[int, int] = {}
    for head in heads:
        levels = [container for container in around[id(head)] if len(branches[container]) > 1]
        leads_own = bool(levels) and (id(head), levels[0]) in led
        tiers[id(head)] = len(levels) - leads_own
    return tiers if any(len(path) > 1 for path in around.values()) and min(tiers.values(), default=0) > 0 else {}


def _below_unnamed(heads: Sequence[Draft]) -> bool:
    """Whether all are below one span that never came, and that called a model."""
    tops = {id(top): top for head in heads for top in [_top(head.node)]}
    top = next(iter(tops.values()), None)
    if len(tops) != 1 or top is None or not top.missing:
        return False
    stack = [top]
    while stack:
        node = stack.pop()
        if node.reading.role == "model":
            return True
        stack.extend(child for child in node.children if child.owner is None)
    return False


def _top(node: Node) -> Node:
    while node.parent is not None:
        node = node.parent
    return node


def _containers(draft: Draft, branches: dict[int, set[int]]) -> tuple[int, ...]:
    """Ids of the containers around a draft, innermost first; notes in each of them what it holds on the way."""
    found: list[int] = []
    inner, container = id(draft), container_above(draft.node.parent)
    while container is not None:
        branches.setdefault(id(container), set()).add(inner)
        found.append(id(container))
        inner, container = id(container), container_above(container.parent)
    return tuple(found)
