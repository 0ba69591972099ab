"""The rules behind structure advice: each finds invocations whose place in the hierarchy looks wrong."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from rapidfuzz.fuzz import ratio

from tierscope.metrics.presence import plain_words
from tierscope.metrics.shared_content import find_pieces, read_tokens

__all__ = ["RULES", "Finding", "Place", "Team"]

SPAN_OF_CONTROL: Final[Mapping[str, tuple[int, int]]] = {"executive": (2, 5), "manager": (3, 7), "specialist": (2, 4)}
"""Usual number of members: of the root, of agents below it, of agents further down."""
LONG_PROMPT_TOKENS: Final = 2_000
FORWARDING: Final = (0.9, 1.2)
"""Words out over words in at which a synthesis rather forwards than condenses."""
FORWARDED: Final = 0.7
"""And so much of its words must be its members': two texts on one subject share about half."""
MINIMUM_WORDS: Final = 60
"""Texts shorter than this are too short to call a transcript or a handoff that should narrow."""
EQUAL: Final = 95.0
"""Similarity, 0 to 100, from which two texts count as equal."""
MINIMUM_SEQUENCE: Final = 3


@dataclass(frozen=True, slots=True)
class Place:
    """One invocation, as far as the rules look at it."""

    run_id: str
    id: str
    parent_id: str | None
    agent: str
    tier: int
    status: str
    started_ns: int | None
    ended_ns: int | None
    input: str | None
    output: str | None
    planning_tokens: int | None
    """Input tokens of the largest model call that it made before a member began; None where there was none."""


class Team(NamedTuple):
    """An agent and its members."""

    head: Place
    members: Sequence[Place]
    needs_declared: bool = False
    """Whether a member was declared to need what another made."""


class Finding(NamedTuple):
    """One case of a rule."""

    advice: str
    place: Place
    detail: str
    """Half a sentence with the figures of this case."""


def _span(team: Team) -> Iterator[Finding]:
    count = _seats(team.members)
    kind = "executive" if team.head.tier == 0 else "manager" if team.head.tier == 1 else "specialist"
    low, high = SPAN_OF_CONTROL[kind]
    if count > high:
        yield Finding("wide_span_of_control", team.head, f"{count} members, usual are {low} to {high}")
    elif 1 < count < low:
        yield Finding("narrow_span_of_control", team.head, f"{count} members, usual are {low} to {high}")


def _seats(members: Sequence[Place]) -> int:
    """How many members an agent leads: one that is called again later is no further member."""
    by_name: dict[str, list[Place]] = {}
    for member in members:
        by_name.setdefault(member.agent, []).append(member)
    return sum(map(_most_at_once, by_name.values()))


def _most_at_once(places: Sequence[Place]) -> int:
    """How many ran at the same time; all where that is not known."""
    moments: list[tuple[int, int]] = []
    for place in places:
        if place.started_ns is None or place.ended_ns is None:
            return len(places)
        moments += [(place.started_ns, 1), (place.ended_ns, -1)]
    running = most = 0
    for _, change in sorted(moments):  # ends before starts of the same moment
        running += change
        most = max(most, running)
    return max(most, 1)


def _useless_layer(team: Team) -> Iterator[Finding]:
    if len({member.agent for member in team.members}) != 1 or team.head.tier == 0:
        return
    member = max(team.members, key=lambda one: one.started_ns or 0)
    if team.head.output is not None and member.output is not None and _is_equal(team.head.output, member.output):
        yield Finding("layer_adds_nothing", team.head, f"it returned what its one member '{member.agent}' wrote")


def _forwarding(team: Team) -> Iterator[Finding]:
    outputs = [member.output for member in team.members if member.output is not None]
    if len(outputs) < 2 or len(outputs) < len(team.members) or team.head.output is None:
        return
    made_of = Counter(word for output in outputs for word in plain_words(output).split())
    written = Counter(plain_words(team.head.output).split())
    share = written.total() / made_of.total() if made_of.total() >= MINIMUM_WORDS else 0.0
    if FORWARDING[0] <= share <= FORWARDING[1] and (written & made_of).total() >= FORWARDED * written.total():
        yield Finding("forwards_transcripts", team.head, f"its output has {share:.0%} of the words of its members'")


def _unnarrowed(team: Team) -> Iterator[Finding]:
    given = team.head.input
    if given is None or len(given.split()) < MINIMUM_WORDS:
        return
    whole = [one for one in team.members if one.input is not None and plain_words(given) in plain_words(one.input)]
    if whole:
        told = f"{len(whole)} of {len(team.members)} members were given its whole input of {len(given.split())} words"
        yield Finding("handoff_does_not_narrow", team.head, told)


def _long_prompt(team: Team) -> Iterator[Finding]:
    tokens = team.head.planning_tokens
    if tokens is not None and tokens > LONG_PROMPT_TOKENS:
        yield Finding("long_planner_prompt", team.head, f"{tokens:,} input tokens in one call")


def _sequence(team: Team) -> Iterator[Finding]:
    """Members that ran one after another though none used what an earlier one returned.

    Agents that are called again and again answer each other, or mend what they did: they are no such members.
    """
    members = [one for one in team.members if not _is_tried_again(one, team.members)]
    timed = [
        (one.started_ns, one.ended_ns, one)
        for one in members
        if one.started_ns is not None and one.ended_ns is not None
    ]
    timed.sort(key=lambda entry: (entry[0], entry[1]))
    if team.needs_declared or len(timed) < max(MINIMUM_SEQUENCE, len(members)):
        return
    if len({one.agent for one in members}) < len(members):
        return
    if any(later[0] < earlier[1] for earlier, later in pairwise(timed)):
        return
    members = [one for _, _, one in timed]
    if any(one.output is None or one.input is None for one in members) or _depends_on_earlier(members):
        return
    total = sum(end - start for start, end, _ in timed)
    saved_ms = (total - max(end - start for start, end, _ in timed)) / 1e6
    told = f"{len(members)} members ran one after another; at once they would have saved up to {saved_ms:,.0f} ms"
    yield Finding("independent_members_in_sequence", team.head, told)


def _is_tried_again(member: Place, members: Sequence[Place]) -> bool:
    """Whether a member failed and was called once more."""
    began = member.started_ns or 0
    return member.status != "ok" and any(one.agent == member.agent and (one.started_ns or 0) > began for one in members)


def _depends_on_earlier(members: Sequence[Place]) -> bool:
    for place, later in enumerate(members):
        read = [read_tokens(text) for text in (later.input, later.output) if text is not None]
        for earlier in members[:place]:
            wrote = earlier.output or ""
            if any(find_pieces(read_tokens(wrote), tokens, ()) for tokens in read):
                return True
            if plain_words(wrote) in plain_words(later.input or ""):
                return True
    return False


def _is_equal(one: str, other: str) -> bool:
    return ratio(plain_words(one), plain_words(other)) >= EQUAL


RULES: Final = (_span, _useless_layer, _forwarding, _unnarrowed, _long_prompt, _sequence)
"""Each takes a team and yields what it finds."""
