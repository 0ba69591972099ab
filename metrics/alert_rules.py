"""The rules behind integrity alerts: each looks at the frames of some runs and states what it found."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, get_args

import polars as pl

from tierscope.metrics.critical_ways import follow_critical_signals
from tierscope.metrics.forest import FAILED
from tierscope.metrics.format import format_value
from tierscope.metrics.losses import SignalWay
from tierscope.metrics.spawn_depth import compute_spawn_depth
from tierscope.metrics.spawn_storm import Storm, find_storms
from tierscope.metrics.stragglers import find_stragglers

__all__ = [
    "ALERT_KINDS",
    "Alert",
    "AlertKind",
    "Frames",
    "alerts_of_agents",
    "alerts_of_critical_signals",
    "alerts_of_joins",
    "alerts_of_spawning",
]

AlertKind: TypeAlias = Literal[
    "critical_signal_lost", "critical_signal_rephrased", "critical_signal_unverified", "depth_breach",
    "depth_over_assumed_limit", "spawn_refused", "spawn_storm", "failure_token", "failed_agent", "abandoned_agent",
    "orphan_agents", "straggler",
]  # fmt: skip
ALERT_KINDS: Final[tuple[AlertKind, ...]] = get_args(AlertKind)
Severity: TypeAlias = Literal["alert", "advice"]
Row: TypeAlias = dict[str, Any]

_QUOTED: Final = 120
"""Characters of a signal that a sentence quotes."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One kind of trouble in one run."""

    run_id: str
    kind: AlertKind
    severity: Severity
    n: int
    text: str
    evidence: tuple[str, ...] = ()
    """Invocation ids."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What the rules look at: the frames of the queries of the same names."""

    runs: pl.DataFrame
    invocations: pl.DataFrame
    refusals: pl.DataFrame
    gaps: pl.DataFrame
    critical_checks: pl.DataFrame
    critical_signals: pl.DataFrame
    critical_texts: pl.DataFrame
    handled_failures: pl.DataFrame


def alerts_of_critical_signals(frames: Frames) -> Iterator[Alert]:
    """Critical signals that the root does not have, or not verbatim, or that the orchestrator could not verify."""
    for run_id, ways in follow_critical_signals(frames.critical_signals, frames.critical_texts).items():
        lost = [way for way in ways if way.at_root == "absent"]
        if lost:
            yield _critical_alert(run_id, "critical_signal_lost", lost, len(ways), "did not reach the root")
        rephrased = [way for way in ways if way.at_root == "rephrased"]
        if rephrased:
            told = "reached the root in other words, not verbatim"
            yield _critical_alert(run_id, "critical_signal_rephrased", rephrased, len(ways), told)
    for run_id, checks in _by_run(frames.critical_checks):
        failed = [check for check in checks if not check["verified"]]
        if failed:
            text = (
                f"The orchestrator could not verify {len(failed)} of {len(checks)} critical signals verbatim"
                f" in an output: {_quote(failed[0]['text'])}."
            )
            ids = tuple(dict.fromkeys(str(check["invocation_id"]) for check in failed))
            yield Alert(run_id, "critical_signal_unverified", "alert", len(failed), text, ids)


def alerts_of_spawning(frames: Frames, spawn_limit: int | None) -> Iterator[Alert]:
    """Depth above the limit, refused attempts to go there, and spawn storms."""
    depths = compute_spawn_depth(frames.runs, frames.invocations, frames.refusals, spawn_limit)
    deep = depths.filter(pl.col("breach") | pl.col("over_assumed_limit"))
    limits = deep.select("run_id", limit="spawn_limit")
    placed = frames.invocations.join(limits, on="run_id", maintain_order="left")
    past = dict(_by_run(placed.filter(pl.col("tier") > pl.col("limit"))))
    for row in deep.iter_rows(named=True):
        agents = f"{row['agents_past_limit']} of {row['n']} agents"
        text = f"Agents were spawned down to tier {row['max_depth']}, past the {row['limit_source']} limit of"
        text += f" {row['spawn_limit']}: {agents} are deeper than it."
        kind: AlertKind = "depth_breach" if row["breach"] else "depth_over_assumed_limit"
        ids = _ids(past[row["run_id"]])
        yield Alert(row["run_id"], kind, "alert" if row["breach"] else "advice", row["agents_past_limit"], text, ids)
    for run_id, refused in _by_run(frames.refusals):
        text = f"{_count(len(refused), 'attempt')} to spawn past the limit {_were(len(refused))} refused,"
        text += f" such as '{refused[0]['member']}'."
        ids = tuple(dict.fromkeys(str(one["invocation_id"]) for one in refused))
        yield Alert(run_id, "spawn_refused", "advice", len(refused), text, ids)
    storms: defaultdict[str, list[Storm]] = defaultdict(list)
    for storm in find_storms(frames.invocations):
        storms[storm.run_id].append(storm)
    for run_id, found in storms.items():
        ids = tuple(id_ for storm in found for id_ in storm.agents)
        yield Alert(run_id, "spawn_storm", "alert", len(ids), " ".join(storm.sentence for storm in found), ids)


def alerts_of_agents(frames: Frames) -> Iterator[Alert]:
    """Failure tokens, agents that failed unflagged, agents that never ended, and agents whose parent never came."""
    troubled = frames.invocations.filter(pl.col("status").is_in(FAILED) | pl.col("tier").is_null())
    known = _rows_by_id(frames.invocations, [troubled, frames.gaps])
    agents = {id_: row["agent"] for id_, row in known.items()}
    sizes = dict(frames.runs.select("run_id", "agents").iter_rows())
    flagged: set[tuple[str, str]] = set()
    handled = set(frames.handled_failures["invocation_id"])
    for run_id, gaps in _by_run(frames.gaps):
        flagged |= {(gap["invocation_id"], gap["member"]) for gap in gaps}
        yield _gap_alert(run_id, gaps, agents)
    for run_id, rows in _by_run(troubled):
        failed = [
            row
            for row in rows
            if row["status"] in FAILED
            and row["status"] != "abandoned"
            and row["invocation_id"] not in handled
            and not _is_flagged(row, known, flagged)
        ]
        if failed:
            first = failed[0]
            above = agents.get(first["parent_id"] or "")
            went_on = f", and '{above}' above it recorded no failure token" if above else ""
            text = f"{_count(len(failed), 'agent')} failed unflagged: '{first['agent']}' ended with"
            text += f" {first['status']}{went_on}."
            yield Alert(run_id, "failed_agent", "alert", len(failed), text, _ids(failed))
        abandoned = [row for row in rows if row["status"] == "abandoned"]
        if abandoned:
            text = f"{_count(len(abandoned), 'agent')} never ended, such as '{abandoned[0]['agent']}'."
            yield Alert(run_id, "abandoned_agent", "alert", len(abandoned), text, _ids(abandoned))
        orphans = [row for row in rows if row["tier"] is None]
        if orphans:
            text = f"{len(orphans)} of {sizes[run_id]} agents have no known parent, such as '{orphans[0]['agent']}':"
            text += " figures by tier leave them out."
            yield Alert(run_id, "orphan_agents", "advice", len(orphans), text, _ids(orphans))


def _is_flagged(row: Row, known: Mapping[str, Row], flagged: set[tuple[str, str]]) -> bool:
    """Whether a failure token accounts for an agent: its own, or that of an agent above, which it fell with."""
    above: Row | None = row
    while above is not None:
        if (above["parent_id"], above["agent"]) in flagged:
            return True
        above = known.get(above["parent_id"] or "")
    return False


def alerts_of_joins(frames: Frames) -> Iterator[Alert]:
    """Joins at which all waited for one member: an alert at the root, since the whole run then waits, else advice."""
    stragglers = find_stragglers(frames.invocations)
    parents = _by_id(
        frames.invocations.join(stragglers.select(invocation_id="parent_id"), on="invocation_id", how="semi")
    )
    for run_id, rows in _by_run(stragglers):
        longest = max(rows, key=lambda row: row["wait_ms"])
        at_root = any(parents[row["parent_id"]]["tier"] == 0 for row in rows)
        ratio = format_value(longest["duration_ms"] / longest["median_ms"] if longest["median_ms"] else math.inf)
        text = f"'{parents[longest['parent_id']]['agent']}' waited {format_value(longest['wait_ms'], 'ms')} for"
        text += f" '{longest['agent']}' alone, which took {ratio} times the median of the"
        text += f" {longest['others']} members beside it."
        yield Alert(run_id, "straggler", "alert" if at_root else "advice", len(rows), text, _ids(rows))


def _critical_alert(run_id: str, kind: AlertKind, ways: Sequence[SignalWay], total: int, told: str) -> Alert:
    first = ways[0]
    where = f" and was lost at '{first.lost_at.agent}'" if first.lost_at else ""
    text = f"{len(ways)} of {_count(total, 'critical signal')} {told}: {_quote(first.text)}"
    text += f" came from '{first.author.agent}'{where}."
    ids = tuple(dict.fromkeys(way.author.id for way in ways))
    return Alert(run_id, kind, "alert", len(ways), text, ids)


def _gap_alert(run_id: str, gaps: Sequence[Row], agents: dict[str, str]) -> Alert:
    first = gaps[0]
    partial = "partial results attached" if first["partial"] else "nothing attached"
    above = agents.get(first["invocation_id"], "its parent")
    text = f"{_count(len(gaps), 'member')} ended in a failure token: '{above}' went on without '{first['member']}'"
    text += f" ({first['status']}, {partial})."
    ids = tuple(dict.fromkeys(str(gap["invocation_id"]) for gap in gaps))
    return Alert(run_id, "failure_token", "alert", len(gaps), text, ids)


def _by_run(frame: pl.DataFrame) -> Iterator[tuple[str, list[Row]]]:
    runs: defaultdict[str, list[Row]] = defaultdict(list)
    for row in frame.iter_rows(named=True):
        runs[row["run_id"]].append(row)
    yield from runs.items()


def _rows_by_id(invocations: pl.DataFrame, of_runs: Sequence[pl.DataFrame]) -> dict[str, Row]:
    """Invocations by id, of the runs that some frames are about: of many runs, few have anything to tell."""
    runs = pl.concat([frame.select("run_id") for frame in of_runs]).unique()
    return _by_id(invocations.join(runs, on="run_id", how="semi"))


def _by_id(invocations: pl.DataFrame) -> dict[str, Row]:
    columns = ("run_id", "invocation_id", "parent_id", "agent", "tier", "status")
    return {row["invocation_id"]: row for row in invocations.select(columns).iter_rows(named=True)}


def _ids(rows: Sequence[Row]) -> tuple[str, ...]:
    return tuple(str(row["invocation_id"]) for row in rows)


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return f"'{line if len(line) <= _QUOTED else line[: _QUOTED - 1] + '…'}'"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
