"""Advice that no single team shows: plans that never differ, and state that got from one team into another."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from tierscope.metrics.content_flow import Flow
from tierscope.metrics.presence import plain_words
from tierscope.metrics.structure_rules import Finding, Place, Team

__all__ = ["find_leaks", "find_same_plans"]

MINIMUM_PLANS: Final = 5
"""So many plans must be alike before they count as always the same."""
_QUOTED: Final = 60
"""Characters of a leaked passage that a sentence quotes."""


def find_same_plans(teams: Sequence[Team]) -> Iterator[Finding]:
    """Agents that spend model calls on a plan, and always make the same one.

    A plan is who was given what, in order, with the agent's own task left out of it: two plans are alike where the same
    members got the same words around different tasks.

    Args:
        teams: of all runs.

    Yields:
        One finding per invocation of an agent whose plans, at least five over as many runs, are all alike. Agents
        without model calls plan by code, which costs nothing; a member whose input was not recorded cannot be judged.
    """
    by_agent: dict[str, list[Team]] = {}
    for team in teams:
        by_agent.setdefault(team.head.agent, []).append(team)
    for led in by_agent.values():
        plans = {_plan(team) for team in led}
        runs = {team.head.run_id for team in led}
        tasks = {team.head.input for team in led}
        if len(plans) != 1 or None in plans or len(runs) < MINIMUM_PLANS or len(tasks) < 2:
            continue
        members = ", ".join(f"'{one.agent}'" for one in led[0].members[:5])
        for team in led:
            yield Finding("plan_always_same", team.head, f"in {len(runs)} runs it gave {members} the same each time")


def _plan(team: Team) -> tuple[tuple[str, str], ...] | None:
    """Names and inputs of the members; None where the plan was not made by a model, or an input is not known."""
    if team.head.input is None or team.head.planning_tokens is None:
        return None
    task = plain_words(team.head.input)
    given = [(one.agent, one.input) for one in team.members]
    plan = tuple((agent, plain_words(text).replace(task, "<task>")) for agent, text in given if text is not None)
    return plan if len(plan) == len(given) else None


def find_leaks(flows: Iterable[Flow], heads: Mapping[tuple[str, str], Place], minimum: float) -> Iterator[Finding]:
    """Teams whose members were given what another team had worked out, and what nobody had handed to them.

    Args:
        flows: content that passed between teams.
        heads: (run id, invocation id) -> agent that leads a team.
        minimum: leaves out flows that are less sure.

    Yields:
        One finding per team that got something.
    """
    told: set[tuple[str, str]] = set()
    for flow in flows:
        head = heads.get((flow.run_id, flow.taker.parent_id or ""))
        if flow.found_in != "input" or flow.confidence < minimum or head is None or (flow.run_id, head.id) in told:
            continue
        told.add((flow.run_id, head.id))
        passage = flow.pieces[0].key[:_QUOTED]
        detail = f"its member '{flow.taker.agent}' was given what '{flow.giver.agent}' wrote ('{passage}')"
        yield Finding("state_leaked_between_teams", head, detail)
