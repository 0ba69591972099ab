"""Which invocations the makespan of a run is made of.

Walking back from the end of the root: at every moment the critical path is in the child that finished last before it,
else in the invocation itself. The pieces add up to the makespan exactly. After J. E. Kelley and M. R. Walker,
"Critical-path planning and scheduling" (1959), read from a recording instead of a plan.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

import polars as pl

__all__ = ["CRITICAL_PIECES_SCHEMA", "compute_critical_pieces"]

CRITICAL_PIECES_SCHEMA: Final = {
    "run_id": pl.String,
    "invocation_id": pl.String,
    "critical_ms": pl.Float64,
}


class _Timed(NamedTuple):
    id: str
    start: int
    end: int


def compute_critical_pieces(invocations: pl.DataFrame) -> pl.DataFrame:
    """How much of its run's makespan each invocation is responsible for by itself.

    Args:
        invocations: frame of ``queries/invocations.sql``.

    Returns:
        One row per (run, invocation) on the critical path, in ms. Runs whose root has no times have no rows;
        invocations without times are passed over.
    """
    timed = invocations.filter(pl.col("started_ns").is_not_null() & pl.col("ended_ns").is_not_null())
    rows: list[tuple[str, str, float]] = []
    for (run_id,), group in timed.group_by("run_id", maintain_order=True):
        children: defaultdict[str, list[_Timed]] = defaultdict(list)
        roots: list[_Timed] = []
        for id_, parent, tier, start, end in group.select(
            "invocation_id", "parent_id", "tier", "started_ns", "ended_ns"
        ).iter_rows():
            node = _Timed(id_, start, max(start, end))
            if tier == 0:
                roots.append(node)
            elif parent is not None:
                children[parent].append(node)
        for root in roots:
            rows += [(str(run_id), id_, ns / 1e6) for id_, ns in _walk(root, children)]
    return (
        pl.DataFrame(rows, schema=CRITICAL_PIECES_SCHEMA, orient="row")
        .group_by("run_id", "invocation_id", maintain_order=True)
        .agg(pl.col("critical_ms").sum())
    )


def _walk(root: _Timed, children: dict[str, list[_Timed]]) -> Iterable[tuple[str, int]]:
    """Pieces (invocation id, ns) of one tree; a child that outlives its parent counts up to the parent's end."""
    pending = [(root, root.start, root.end)]
    while pending:
        node, start, end = pending.pop()
        own = 0
        for child in sorted(children.get(node.id, ()), key=lambda one: one.end, reverse=True):
            child_end, child_start = min(child.end, end), max(child.start, start)
            if child_start >= child_end:
                continue
            own += end - child_end
            pending.append((child, child_start, child_end))
            end = child_start
        own += end - start
        if own > 0:
            yield node.id, own
