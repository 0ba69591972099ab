"""Which traces have to be looked at together when spans of some of them arrived."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import duckdb

from tierscope.instrumentation.database import load_query

__all__ = ["TraceGroup", "load_stale_groups"]

NEAR_NS: Final = 5 * 10**9
"""Traces of one source this close to each other may be one run, although nothing in them says so: some frameworks
give every agent a trace of its own."""
MOST_NEAR_TRACES: Final = 64
"""More traces than this, each near the next, are a busy service and not one run."""
MOST_CONVERSATION_TRACES: Final = 1000
PAUSE_NS_PER_SPAN: Final = 100_000
"""A run that was derived before rests so long for each of its spans, which is about five times as long as it takes."""

_Connected: TypeAlias = tuple[str, str | None, int, int, int, int, int | None]
"""Trace, key, first and last moment, number of spans, of fresh spans, and arrival of the first of these."""


@dataclass(frozen=True, slots=True)
class TraceGroup:
    """Traces that may belong to the same runs; no other trace does."""

    trace_ids: tuple[str, ...]
    first_ns: int
    last_ns: int
    spans: int
    """Expected number of spans, counted twice where they arrived twice."""
    fresh_spans: int
    """How many of them arrived since the traces were derived last."""
    waiting_since_ns: int
    """Unix time at which the first of these arrived; 0 where none did."""

    @property
    def due_at_ns(self) -> int:
        """Unix time from which deriving the traces pays.

        At once, where at least half of the spans are fresh: a run that arrives in pieces is then derived again each
        time that it has doubled. Else after a pause, so that deriving it takes a sixth of the time at most.
        """
        if 2 * self.fresh_spans >= self.spans:
            return self.waiting_since_ns
        return self.waiting_since_ns + self.spans * PAUSE_NS_PER_SPAN


def load_stale_groups(connection: duckdb.DuckDBPyConnection, silent_since_ns: int) -> list[TraceGroup]:
    """Find the groups of traces whose runs have to be derived: spans arrived, or what was running has gone silent.

    Traces are grouped by the runs that they were part of, by declared run, by link and by conversation, and where they
    are of one source and near in time. Which of them really are one run is for tier inference to say.

    Args:
        connection: a session on the store.
        silent_since_ns: Unix time; a running run of which nothing was recorded since is silent.

    Returns:
        The groups, by first moment.
    """
    rows = connection.execute(
        load_query("list_stale_traces"), {"gap_ns": NEAR_NS, "silent_since_ns": silent_since_ns}
    ).fetchall()
    stale = {trace_id for trace_id, *_, is_stale in rows if is_stale}
    if not stale:
        return []
    clusters = [cluster for cluster in _cluster(rows) if not stale.isdisjoint(cluster)]
    asked = sorted(stale.union(*clusters))
    connected = connection.execute(
        load_query("list_connected_traces"), {"trace_ids": asked, "most_traces": MOST_CONVERSATION_TRACES}
    ).fetchall()
    groups = _Groups()
    for cluster in clusters:
        groups.join(cluster)
    for trace_id, key, *_ in connected:
        groups.join([trace_id] if key is None else [trace_id, key])
    return _collect(groups, connected)


def _cluster(rows: Iterable[tuple[str, str, int, int, bool]]) -> list[list[str]]:
    """Traces of one source, each near the one before; rows come by source and start."""
    clusters: list[list[str]] = []
    source_before, reach_ns = None, 0
    for trace_id, source, first_ns, last_ns, _ in rows:
        if source == source_before and 0 < first_ns <= reach_ns:
            clusters[-1].append(trace_id)
            reach_ns = max(reach_ns, last_ns + NEAR_NS)
        else:
            clusters.append([trace_id])
            source_before, reach_ns = source, last_ns + NEAR_NS
    return [cluster for cluster in clusters if len(cluster) <= MOST_NEAR_TRACES]


def _collect(groups: "_Groups", connected: Iterable[_Connected]) -> list[TraceGroup]:
    members: dict[str, dict[str, _Connected]] = {}
    for row in connected:
        members.setdefault(groups.find(row[0]), {})[row[0]] = row
    return [
        TraceGroup(
            tuple(traces),
            first_ns=min(row[2] for row in traces.values()),
            last_ns=max(row[3] for row in traces.values()),
            spans=sum(row[4] for row in traces.values()),
            fresh_spans=sum(row[5] for row in traces.values()),
            waiting_since_ns=min((row[6] for row in traces.values() if row[6] is not None), default=0),
        )
        for traces in members.values()
    ]


class _Groups:
    """Union-find over trace ids and keys."""

    def __init__(self) -> None:
        self._leaders: dict[str, str] = {}

    def find(self, name: str) -> str:
        """The name that stands for the whole group."""
        leader = self._leaders.setdefault(name, name)
        while leader != self._leaders[leader]:
            self._leaders[leader] = self._leaders[self._leaders[leader]]
            leader = self._leaders[leader]
        self._leaders[name] = leader
        return leader

    def join(self, names: Sequence[str]) -> None:
        """Make one group of all."""
        for name in names:
            self._leaders[self.find(name)] = self.find(names[0])
