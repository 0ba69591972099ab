"""Whether what is stored can be shown: agents recognised, clocks, runs not derived, traces that were pruned."""

from collections.abc import Iterator
from typing import Any, Final

from tierscope.instrumentation.database import load_query
from tierscope.instrumentation.upkeep.finding import Finding, Patient, describe_age

__all__ = ["check_contents"]

TOLERATED_NS: Final = 60 * 10**9
"""Clocks of two machines may differ by so much."""
STALE_AFTER_NS: Final = 60 * 10**9


def check_contents(patient: Patient) -> Iterator[Finding]:
    """Look through what is stored.

    Args:
        patient: of which the database can be read.

    Yields:
        One finding per check.

    Raises:
        StoreError: the store cannot be read.
    """
    limits = {"latest_ns": patient.now_ns + TOLERATED_NS, "stale_before_ns": patient.now_ns - STALE_AFTER_NS}
    [facts] = patient.store.list_rows(load_query("examine_contents"), limits)
    yield _judge_arrival(patient, facts)
    yield _judge_agents(patient, facts)
    yield _judge_clocks(facts)
    yield _judge_derivation(facts)
    yield _judge_pruning(facts)


def _judge_arrival(patient: Patient, facts: dict[str, Any]) -> Finding:
    if not facts["spans"]:
        fix = "the checks above say where they may be; a first run to look at is made by  tierscope demo"
        return Finding("arrival", "warning", "no span is stored", fix)
    if facts["stored_ns"] is None:
        return Finding("arrival", "ok", f"{facts['spans']:,} spans are stored")
    ago = describe_age((patient.now_ns - facts["stored_ns"]) / 1e9)
    return Finding("arrival", "ok", f"{facts['spans']:,} spans are stored, the last ones {ago} ago")


def _judge_agents(patient: Patient, facts: dict[str, Any]) -> Finding:
    runs, without = facts["runs"], facts["runs_without_agents"]
    if not runs:
        return Finding("agents", "ok", "there are no runs to look at")
    if not without:
        return Finding("agents", "ok", f"agents were recognised in each of {runs:,} runs")
    scopes = patient.store.list_rows(load_query("list_scopes_without_agents"))
    named = ", ".join(f"{row['scope_name'] or '(no name)'} ({row['spans']:,} spans)" for row in scopes)
    return Finding(
        "agents",
        "failed" if without == runs else "note",
        f"no agent was recognised in {without:,} of {runs:,} runs, whose spans are of {named}",
        "docs/conventions.md says which spans are agents, and how the settings' [tiers] name yours",
    )


def _judge_clocks(facts: dict[str, Any]) -> Finding:
    if not facts["future_spans"]:
        return Finding("clocks", "ok", "no span lies in the future")
    ahead = describe_age((facts["ahead_ns"] + TOLERATED_NS) / 1e9)
    return Finding(
        "clocks",
        "warning",
        f"{facts['future_spans']:,} spans start in the future, by up to {ahead}: --since and --older-than miss them",
        "set the clock of the machine that sent them",
    )


def _judge_derivation(facts: dict[str, Any]) -> Finding:
    if facts["stale_traces"]:
        return Finding(
            "derivation",
            "warning",
            f"{facts['stale_traces']:,} traces have spans that are in no run yet",
            "run any command that reads the store, such as  tierscope runs",
        )
    if facts["failed_runs"]:
        return Finding(
            "derivation",
            "warning",
            f"no tiers could be inferred in {facts['failed_runs']:,} runs, such as: {facts['failure']}",
            "report it with such a run, exported by  tierscope store export",
        )
    return Finding("derivation", "ok", "every trace belongs to a run")


def _judge_pruning(facts: dict[str, Any]) -> Finding:
    if facts["unerased_traces"]:
        return Finding(
            "pruning",
            "warning",
            f"bytes of {facts['unerased_traces']:,} pruned traces are still in the file",
            "run  tierscope store compact",
        )
    if facts["pruned_traces"]:
        said = f"{facts['pruned_traces']:,} traces were pruned; spans of them that come late are not stored"
        return Finding("pruning", "note", said, "tierscope import --readmit  takes them in again")
    return Finding("pruning", "ok", "nothing was pruned")
