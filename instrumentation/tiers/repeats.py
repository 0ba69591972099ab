"""Several runs in one trace: a batch, an evaluation or a conversation that one span around all of them records."""

from collections.abc import Mapping, Sequence

from tierscope.instrumentation.tiers.draft import Draft, canonical, tops_of
from tierscope.instrumentation.tiers.forest import Node
from tierscope.instrumentation.tiers.joins import Part, declared_run, make_part
from tierscope.instrumentation.tiers.shape import declared_tier
from tierscope.instrumentation.tiers.siblings import container_above


def split_runs(part: Part) -> list[Part]:
    """The runs of one trace: several where the same agents begin again, each time in a place of their own.

    Such places hang below one span, or below none. They are no runs where a container or a span that never came is
    above them, or where somebody calls a model beside them: then an agent that was not recognised leads them. Spans
    outside all of them go with the first run.

    Args:
        part: a trace; its heads are what its own evidence leaves without a parent.

    Returns:
        The trace itself, or its runs in order of start.
    """
    heads = [head for head in part.heads if head.merged_into is None and head.parent is None]
    if len(heads) < 2:
        return [part]
    places = _places(heads)
    groups: dict[int, list[Draft]] = {}
    for head, place in zip(heads, places, strict=True):
        groups.setdefault(id(place), []).append(head)
    around = places[0].parent
    if not _begins_again(list(groups.values())) or container_above(around) is not None or _top(places[0]).missing:
        return [part]
    region = _regions(part.trace.nodes, {id(place): number for number, place in enumerate(_unique(places))})
    if any(node.reading.role == "model" and node.owner is None and id(node) not in region for node in part.trace.nodes):
        return [part]
    return _divide(part, list(groups.values()), region)


def _places(heads: Sequence[Draft]) -> list[Node]:
    """For each head, the span at or above it that is a child of the nearest span above all of them."""
    paths = [_path(head.node) for head in heads]
    depth = 0
    while all(depth < len(path) - 1 for path in paths) and len({id(path[depth]) for path in paths}) == 1:
        depth += 1
    return [path[depth] for path in paths]


def _path(node: Node) -> list[Node]:
    """From the top down to the span."""
    path = [node]
    while path[-1].parent is not None:
        path.append(path[-1].parent)
    return path[::-1]


def _top(node: Node) -> Node:
    return _path(node)[0]


def _unique(places: Sequence[Node]) -> list[Node]:
    return list({id(place): place for place in places}.values())


def _begins_again(groups: Sequence[Sequence[Draft]]) -> bool:
    """Whether every group has the same agents at its top, or declares a run of its own."""
    if len(groups) < 2:
        return False
    declared = [declared_run(head) for group in groups for head in group]
    if None not in declared:
        return len(set(declared)) == len(groups)
    if all(declared_tier(head) == 0 for group in groups for head in group):
        return True
    return len({frozenset(head.name for head in group) for group in groups}) == 1


def _regions(nodes: Sequence[Node], numbers: Mapping[int, int]) -> dict[int, int]:
    """Number of the place that a span is in or below, by its id; spans outside are left out."""
    region: dict[int, int] = {}
    for node in nodes:
        number = numbers.get(id(node), region.get(id(node.parent)) if node.parent is not None else None)
        if number is not None:
            region[id(node)] = number
    return region


def _divide(part: Part, groups: Sequence[Sequence[Draft]], region: Mapping[int, int]) -> list[Part]:
    number_of = {id(head): number for number, group in enumerate(groups) for head in group}
    standing = [draft for draft in part.drafts if draft.merged_into is None]
    tops = tops_of(standing)
    drafts: list[list[Draft]] = [[] for _ in groups]
    for draft in standing:
        top = canonical(tops[id(draft)])  # which may have been merged since others were attached to it
        drafts[number_of.get(id(top), region.get(id(draft.node), 0))].append(draft)
    nodes: list[list[Node]] = [[] for _ in groups]
    for node in part.trace.nodes:
        nodes[region.get(id(node), 0)].append(node)
    runs = [make_part(part.trace.share(n), d, list(h)) for n, d, h in zip(nodes, drafts, groups, strict=True)]
    for run in runs[1:]:
        run.begun_by = run.heads[0]
    return runs
