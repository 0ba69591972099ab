"""Content that passed between leaves of different domains, or teams, without a handoff."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias

import polars as pl

from tierscope.metrics.presence import plain_words
from tierscope.metrics.retention.words import stem
from tierscope.metrics.shared_content import GRAM_WORDS, Piece, Tokens, find_pieces, read_tokens

__all__ = [
    "Between",
    "Flow",
    "Party",
    "RunTexts",
    "boilerplate_above",
    "find_flows",
    "handed_down",
    "is_later",
    "read_runs",
]

Between: TypeAlias = Literal["domains", "teams"]
Key: TypeAlias = tuple[str, ...] | str
"""Seven words in order, or a number."""
BOILERPLATE_LEAVES: Final = 3
"""What stands in the outputs of more leaves than this is boilerplate, in more than two where leaves are few."""
COMMON_LEAVES: Final = 4
COMMON_SHARE: Final = 0.5
"""A word in more than this share of the outputs, and in more than four, is house style."""
OVERLAP_DISCOUNT: Final = 0.8
"""On the confidence where the taker began before the giver ended: it can only have looked in while both ran."""


@dataclass(frozen=True, slots=True)
class Party:
    """One invocation, as far as content flows into and out of it."""

    id: str
    parent_id: str | None
    agent: str
    tier: int | None
    domain: str | None
    started_ns: int | None
    ended_ns: int | None
    input: str | None
    output: str | None


class Flow(NamedTuple):
    """Content of one leaf that stands in another."""

    run_id: str
    giver: Party
    taker: Party
    found_in: Literal["input", "output"]
    pieces: tuple[Piece, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class RunTexts:
    """Everything of one run that content may have come from."""

    parties: Mapping[str, Party]
    leaves: Sequence[Party]
    handed: Mapping[str, Sequence[str]]
    """Invocation id -> texts of the handoffs to it."""
    results: Sequence[Tokens]
    """Results of tools that are not agents."""
    sources: Mapping[str, frozenset[str]]
    """Invocation id -> names of the data sources that it read."""
    sayers: Mapping[Key, Sequence[Party]]
    """Phrase of seven words, or telling number -> leaves whose output has it."""
    common: frozenset[str]
    """Stems that stand in the outputs of many leaves."""
    between: Between
    """What giver and taker must be of two different ones of."""


def find_flows(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    handoff_texts: pl.DataFrame,
    tool_reads: pl.DataFrame,
    between: Between = "domains",
) -> Iterator[Flow]:
    """Find content of leaves in later leaves of other domains, or of other teams.

    Args:
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        handoff_texts: frame of ``queries/handoff_texts.sql``.
        tool_reads: frame of ``queries/tool_reads.sql``.
        between: domains, or teams, which are the members of one parent.

    Yields:
        At most one flow per pair of leaves, run by run, the surest of a run first.
    """
    for run_id, run in read_runs(texts, signals, handoff_texts, tool_reads, between):
        pairs = ((giver, taker) for taker in run.leaves for giver in _candidates(run, taker))
        found = [flow for giver, taker in pairs if (flow := _flow(run_id, run, giver, taker))]
        yield from sorted(found, key=lambda flow: -flow.confidence)


def read_runs(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    handoff_texts: pl.DataFrame,
    tool_reads: pl.DataFrame,
    between: Between = "domains",
) -> Iterator[tuple[str, RunTexts]]:
    """The texts of each run, by run id; the arguments are those of ``find_flows``."""
    others = [_by_run(frame) for frame in (signals, handoff_texts, tool_reads)]
    for run_id, rows in _by_run(texts).items():
        said, handed, read = (frames.get(run_id) for frames in others)
        yield run_id, _read_run(rows, said, handed, read, between)


def _read_run(
    rows: pl.DataFrame,
    signals: pl.DataFrame | None,
    handoffs: pl.DataFrame | None,
    reads: pl.DataFrame | None,
    between: Between,
) -> RunTexts:
    columns = ("invocation_id", "parent_id", "agent", "tier", "domain", "started_ns", "ended_ns", "input", "output")
    parties = {party.id: party for party in (Party(*row) for row in rows.select(columns).iter_rows())}
    parents = {party.parent_id for party in parties.values()}
    leaves = [party for party in parties.values() if party.id not in parents and party.domain is not None]
    handed: dict[str, list[str]] = {}
    if handoffs is not None:
        for to_id, text in handoffs.select("to_id", "text").drop_nulls().iter_rows():
            handed.setdefault(to_id, []).append(text)
    sources: dict[str, set[str]] = {}
    if signals is not None:
        for id_, source in signals.select("invocation_id", "source").drop_nulls().iter_rows():
            sources.setdefault(id_, set()).add(source)
    results: set[str] = set()
    if reads is not None:
        for parent, grandparent, source, result in reads.select(
            "parent_id", "grandparent_id", "source", "result"
        ).iter_rows():
            reader = parent if parent in parties else grandparent
            if source is not None and reader is not None:
                sources.setdefault(reader, set()).add(source)
            if result is not None:
                results.add(result)
    return RunTexts(
        parties,
        leaves,
        handed,
        _tool_results(results, parties.values()),
        {id_: frozenset(names) for id_, names in sources.items()},
        _index_sayers(leaves),
        _common_stems(leaves),
        between,
    )


def _index_sayers(leaves: Iterable[Party]) -> dict[Key, list[Party]]:
    sayers: dict[Key, list[Party]] = {}
    for leaf in leaves:
        tokens = read_tokens(leaf.output or "")
        for key in _keys(tokens):
            sayers.setdefault(key, []).append(leaf)
    return sayers


def _keys(tokens: Tokens) -> Iterator[Key]:
    yield from tokens.grams
    yield from tokens.numbers


def _common_stems(leaves: Sequence[Party]) -> frozenset[str]:
    spread: Counter[str] = Counter()
    for leaf in leaves:
        spread.update({stem(word) for word in read_tokens(leaf.output or "").words})
    return frozenset(word for word, count in spread.items() if count > max(COMMON_LEAVES, COMMON_SHARE * len(leaves)))


def _tool_results(results: Iterable[str], parties: Iterable[Party]) -> list[Tokens]:
    """Results of tools, without those that agents returned: delegation shows as a tool call in many frameworks."""
    outputs = [plain_words(party.output) for party in parties if party.output]
    openings = {tuple(read_tokens(output).words[:GRAM_WORDS]): output for output in outputs}
    short = {output for output in outputs if len(read_tokens(output).words) < GRAM_WORDS}
    kept: list[Tokens] = []
    for result in results:
        tokens, plain = read_tokens(result), plain_words(result)
        if plain not in short and not any(openings[gram] in plain for gram in tokens.grams & openings.keys()):
            kept.append(tokens)
    return kept


def _candidates(run: RunTexts, taker: Party) -> list[Party]:
    """Leaves that say anything that stands in a taker's texts, and that few enough others say."""
    found: dict[str, Party] = {}
    for text in (taker.input, taker.output):
        tokens = read_tokens(text or "")
        for key in _keys(tokens):
            sayers = run.sayers.get(key, ())
            if len(sayers) <= boilerplate_above(run):
                found.update((giver.id, giver) for giver in sayers)
    return [found[id_] for id_ in sorted(found)]


def _flow(run_id: str, run: RunTexts, giver: Party, taker: Party) -> Flow | None:
    """The flow between two leaves; None where there is none or it cannot be."""
    together = giver.domain == taker.domain if run.between == "domains" else giver.parent_id == taker.parent_id
    if together or giver.output is None or not is_later(giver, taker):
        return None
    known = [read_tokens(text) for text in handed_down(run, taker)] + list(run.results)
    has_common_source = bool(run.sources.get(giver.id, frozenset()) & run.sources.get(taker.id, frozenset()))
    overlaps = (taker.started_ns or 0) < (giver.ended_ns or 0)
    best: Flow | None = None
    places: tuple[tuple[Literal["input", "output"], str | None], ...] = (
        ("input", taker.input),
        ("output", taker.output),
    )
    for found_in, text in places:
        if text is None:
            continue
        pieces = [
            piece
            for piece in find_pieces(read_tokens(giver.output), read_tokens(text), known, run.common)
            if _is_from(run, giver, piece)
            # Both may have it from the source; only a phrase that was there before the taker read anything tells.
            and not (has_common_source and (piece.kind == "number" or found_in == "output"))
        ]
        confidence = _combined(pieces) * (OVERLAP_DISCOUNT if overlaps else 1.0)
        if pieces and (best is None or confidence > best.confidence):
            best = Flow(run_id, giver, taker, found_in, tuple(pieces), confidence)
    return best


def is_later(giver: Party, taker: Party) -> bool:
    """Whether a taker began and ended after a giver did, as far as times were recorded."""
    if giver.started_ns is None or giver.ended_ns is None or taker.started_ns is None:
        return False
    return taker.started_ns > giver.started_ns and (taker.ended_ns is None or taker.ended_ns > giver.ended_ns)


def handed_down(run: RunTexts, taker: Party) -> Iterator[str]:
    """What was handed to an agent, and what the agents above it were given."""
    yield from run.handed.get(taker.id, ())
    above = run.parties.get(taker.parent_id or "")
    while above is not None:
        yield from run.handed.get(above.id, ())
        if above.input is not None:
            yield above.input
        above = run.parties.get(above.parent_id or "")


def _is_from(run: RunTexts, giver: Party, piece: Piece) -> bool:
    """Whether the giver is the first to say it, and not so many say it that it is boilerplate."""
    words = piece.key.split()
    sayers = run.sayers.get(tuple(words[:GRAM_WORDS]) if piece.kind == "phrase" else words[0], ())
    if len(sayers) > boilerplate_above(run):
        return False
    ends = [party.ended_ns for party in sayers if party.ended_ns is not None]
    return giver.ended_ns is not None and giver.ended_ns <= min(ends, default=giver.ended_ns)


def boilerplate_above(run: RunTexts) -> int:
    """In so many outputs a piece may stand; in more it is boilerplate."""
    return max(2, min(BOILERPLATE_LEAVES, len(run.leaves) // 3))


def _combined(pieces: Sequence[Piece]) -> float:
    """Confidence that not all pieces stand there by chance, as if they were independent."""
    return 1 - math.prod(1 - piece.confidence for piece in pieces)


def _by_run(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {str(key[0]): rows for key, rows in frame.partition_by("run_id", as_dict=True, maintain_order=True).items()}
