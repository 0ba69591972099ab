"""Where the hierarchy itself looks wrong: spans of control, layers, handoffs, prompts and sequences."""

from collections.abc import Iterator, Set
from itertools import chain, product
from typing import Final, TypeAlias

import polars as pl

from tierscope.metrics.content_flow import find_flows
from tierscope.metrics.hidden_dependencies import MINIMUM_CONFIDENCE
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema, frame_of
from tierscope.metrics.structure_patterns import find_leaks, find_same_plans
from tierscope.metrics.structure_rules import RULES, Finding, Place, Team

__all__ = ["STRUCTURE_ADVICE", "compute_structure_advice"]

Ends: TypeAlias = tuple[str, str, str]
"""Run, giver and taker."""
_SCHEMA: Final[Schema] = {
    "advice": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "n": pl.Int64,
    "of": pl.Int64,
    "runs": pl.Int64,
    "share": pl.Float64,
    "text": pl.String,
    "evidence": pl.List(pl.String),
}
_SENTENCES: Final = {
    "wide_span_of_control": "'{agent}' leads more members than one agent usually can: {detail}.",
    "narrow_span_of_control": "'{agent}' leads few members for a layer of its own: {detail}.",
    "layer_adds_nothing": "If the layer of '{agent}' were removed, nothing would get worse: {detail}.",
    "forwards_transcripts": "'{agent}' forwards rather than condenses: {detail}.",
    "handoff_does_not_narrow": "'{agent}' hands its whole context down: {detail}.",
    "long_planner_prompt": "'{agent}' plans on a long prompt: {detail}.",
    "independent_members_in_sequence": "'{agent}' could run its members in parallel: {detail}.",
    "plan_always_same": "'{agent}' asks a model for a plan that never changes: {detail}.",
    "state_leaked_between_teams": "State got into the team of '{agent}' past its handoffs: {detail}.",
}
EVIDENCE_SHOWN: Final = 20


def compute_structure_advice(
    texts: pl.DataFrame,
    model_calls: pl.DataFrame,
    signals: pl.DataFrame,
    handoff_texts: pl.DataFrame,
    tool_reads: pl.DataFrame,
    declared_dependencies: pl.DataFrame,
) -> pl.DataFrame:
    """Advice on the structure of the hierarchy.

    Args:
        texts: frame of ``queries/texts.sql``.
        model_calls: frame of ``queries/model_calls.sql``.
        signals: frame of ``queries/signals.sql``.
        handoff_texts: frame of ``queries/handoff_texts.sql``.
        tool_reads: frame of ``queries/tool_reads.sql``.
        declared_dependencies: frame of ``queries/declared_dependencies.sql``; what was declared did not leak.

    Returns:
        One row per advice and agent, the most frequent first. ``n`` invocations of the agent, ``of`` so many that have
        members, to which the advice applies, in so many ``runs``; ``text`` gives the figures of the first, ``evidence``
        the ids of the first twenty. A rule whose facts were not recorded finds nothing: no row is no proof of a sound
        structure.
    """
    declared = set(declared_dependencies.select("run_id", "from_id", "to_id").iter_rows())
    teams = list(_teams(texts, model_calls, declared))
    led: dict[str, int] = {}
    for team in teams:
        led[team.head.agent] = led.get(team.head.agent, 0) + 1
    flows = (
        flow
        for flow in find_flows(texts, signals, handoff_texts, tool_reads, "teams")
        if (flow.run_id, flow.giver.id, flow.taker.id) not in declared
    )
    heads = {(team.head.run_id, team.head.id): team.head for team in teams}
    found_in_teams = (finding for team in teams for rule in RULES for finding in rule(team))
    cases: dict[tuple[str, str], list[Finding]] = {}
    for finding in chain(found_in_teams, find_same_plans(teams), find_leaks(flows, heads, MINIMUM_CONFIDENCE)):
        cases.setdefault((finding.advice, finding.place.agent), []).append(finding)
    rows = [
        (
            *(advice, agent, found[0].place.tier, len(found), led[agent]),
            *(len({finding.place.run_id for finding in found}), len(found) / led[agent]),
            _SENTENCES[advice].format(agent=agent, detail=found[0].detail),
            [finding.place.id for finding in found[:EVIDENCE_SHOWN]],
        )
        for (advice, agent), found in cases.items()
    ]
    frame = frame_of(rows, _SCHEMA).sort("n", "advice", "agent", descending=[True, False, False])
    return fit_schema(frame, _SCHEMA)


def _teams(texts: pl.DataFrame, model_calls: pl.DataFrame, declared: Set[Ends]) -> Iterator[Team]:
    """Every agent that leads others."""
    began = texts.group_by("run_id", invocation_id="parent_id").agg(first_member_ns=pl.col("started_ns").min())
    planning = pl.col("started_ns").is_null() | pl.col("first_member_ns").is_null()
    planning |= pl.col("started_ns") <= pl.col("first_member_ns")
    prompts = (
        model_calls.join(began, on=["run_id", "invocation_id"], how="left")
        .filter(planning)
        .group_by("run_id", "invocation_id")
        .agg(prompt=pl.col("input_tokens").max())
    )
    placed = texts.filter(pl.col("tier").is_not_null()).join(
        prompts, on=["run_id", "invocation_id"], how="left", maintain_order="left"
    )
    facts = ("agent", "tier", "status", "started_ns", "ended_ns", "input", "output", "prompt")
    places = [Place(*row) for row in placed.select("run_id", "invocation_id", "parent_id", *facts).iter_rows()]
    members: dict[tuple[str, str], list[Place]] = {}
    for place in places:
        if place.parent_id is not None:
            members.setdefault((place.run_id, place.parent_id), []).append(place)
    for place in places:
        if (team := members.get((place.run_id, place.id))) is not None:
            pairs = product((one.id for one in team), repeat=2)
            yield Team(place, team, bool(declared) and any((place.run_id, *pair) in declared for pair in pairs))


STRUCTURE_ADVICE: Final = Metric(
    name="structure_advice",
    title="Advice on the structure",
    summary="If a layer were removed, a team split or its members run at once, would anything get worse?",
    function=compute_structure_advice,
    queries=("texts", "model_calls", "signals", "handoff_texts", "tool_reads", "declared_dependencies"),
    needs=("place", "times", "input", "output"),
    reads={"model_calls": ("run_id", "invocation_id", "input_tokens", "started_ns")},
    grain=("advice", "agent"),
    value="n",
    unit="invocations",
    direction="lower",
    schema=_SCHEMA,
    shown=("advice", "agent", "tier", "n", "of", "text"),
)
