"""Spawn storms: growth of the tree that the plan does not explain."""

import re
from collections import defaultdict
from dataclasses import dataclass
from statistics import median_low
from typing import Final, NamedTuple

import polars as pl

__all__ = ["Storm", "find_storms"]

PLANNED_DEPTH: Final = 2
"""Deepest tier of the pattern, root, domains and leaves: what a domain without siblings is held against."""
MINIMUM_TIERS: Final = 2
UNPLANNED_TIERS: Final = 3
"""Growth over so many tiers is a storm whatever the agents are called; over fewer only where they are of few kinds."""
MINIMUM_AGENTS: Final = 5
AGENTS_OF_A_KIND: Final = 2.0
"""A plan names its agents; a storm spawns this many or more of a kind. Names that differ in numbers are of one kind."""
MINIMUM_REPEATS: Final = 3

_NUMBERING: Final = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Storm:
    """Growth below one agent that nothing beside it explains."""

    run_id: str
    invocation_id: str
    """The agent below which the tree grew."""
    agents: tuple[str, ...]
    """Invocation ids of what grew."""
    sentence: str


class _Node(NamedTuple):
    id: str
    parent_id: str | None
    agent: str
    tier: int


def find_storms(invocations: pl.DataFrame) -> list[Storm]:
    """Find growth that the plan does not explain.

    A domain is one where it reaches at least two tiers deeper than its siblings do (in the median; deeper than tier 2
    where it has none), with at least five agents there and no tier of them smaller than the one above, unless they
    span two tiers only and are mostly of different kinds, as a sub-team is; so is one below which at least three agents
    spawned an agent of the name of one of their own ancestors.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        At most one storm per domain of a run, in the order of the frame.
    """
    placed = invocations.filter(pl.col("tier").is_not_null())
    deep = placed.filter(pl.col("tier").max().over("run_id") > PLANNED_DEPTH)
    storms: list[Storm] = []
    for (run_id,), rows in deep.partition_by("run_id", as_dict=True, maintain_order=True).items():
        nodes = [_Node(*row) for row in rows.select("invocation_id", "parent_id", "agent", "tier").iter_rows()]
        storms += _storms_of_run(str(run_id), nodes)
    return storms


def _storms_of_run(run_id: str, nodes: list[_Node]) -> list[Storm]:
    by_id = {node.id: node for node in nodes}
    domain_of: dict[str, str] = {}
    for node in nodes:
        if node.tier == 1:
            domain_of[node.id] = node.id
        elif node.parent_id in domain_of:
            domain_of[node.id] = domain_of[node.parent_id]
    members: defaultdict[str, list[_Node]] = defaultdict(list)
    for id_, domain in domain_of.items():
        members[domain].append(by_id[id_])
    depths = {domain: max(node.tier for node in found) for domain, found in members.items()}
    storms: list[Storm] = []
    for domain, found in members.items():
        others = [depth for other, depth in depths.items() if other != domain]
        reach = median_low(others) if others else PLANNED_DEPTH
        storm = _growth(run_id, by_id[domain], found, reach, len(others)) or _repeats(run_id, by_id, domain, found)
        if storm is not None:
            storms.append(storm)
    return storms


def _growth(run_id: str, domain: _Node, members: list[_Node], reach: int, siblings: int) -> Storm | None:
    counts: defaultdict[int, int] = defaultdict(int)
    for node in members:
        counts[node.tier] += 1
    deeper = [node for node in members if node.tier > reach]
    sizes = [counts[tier] for tier in sorted(counts) if tier > reach]
    if len(sizes) < MINIMUM_TIERS or len(deeper) < MINIMUM_AGENTS or sizes != sorted(sizes):
        return None
    kinds = {_NUMBERING.sub("", node.agent.casefold()) for node in deeper}
    if len(sizes) < UNPLANNED_TIERS and len(deeper) < AGENTS_OF_A_KIND * len(kinds):
        return None
    beside = "the pattern ends" if not siblings else "its sibling ends" if siblings == 1 else "its siblings end"
    sentence = (
        f"Below '{domain.agent}' {len(deeper)} agents run on tiers {reach + 1} to {reach + len(sizes)}"
        f" ({' -> '.join(map(str, sizes))}), where {beside} at tier {reach}."
    )
    return Storm(run_id, domain.id, tuple(node.id for node in deeper), sentence)


def _repeats(run_id: str, by_id: dict[str, _Node], domain: str, members: list[_Node]) -> Storm | None:
    repeated = [node for node in members if node.agent in _names_above(node, by_id)]
    if len(repeated) < MINIMUM_REPEATS:
        return None
    sentence = (
        f"Below '{by_id[domain].agent}' {len(repeated)} of {len(members)} agents have the name of an agent above them,"
        f" such as '{repeated[0].agent}'."
    )
    return Storm(run_id, domain, tuple(node.id for node in repeated), sentence)


def _names_above(node: _Node, by_id: dict[str, _Node]) -> set[str]:
    names: set[str] = set()
    parent = by_id.get(node.parent_id or "")
    while parent is not None and parent.tier > 0:
        names.add(parent.agent)
        parent = by_id.get(parent.parent_id or "")
    return names
