"""Content that passed between leaves in other words: alike by their uncommon words, confirmed by a retention scorer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal, NamedTuple, TypeAlias

from rapidfuzz.fuzz import token_set_ratio

from tierscope.metrics.content_flow import Flow, Party, RunTexts, boilerplate_above, handed_down, is_later
from tierscope.metrics.presence import plain_words
from tierscope.metrics.retention import Scorer
from tierscope.metrics.retention.sentences import split_sentences
from tierscope.metrics.retention.words import NEGATIONS, idf, stem
from tierscope.metrics.score_memo import score_pairs
from tierscope.metrics.shared_content import CONTEXT_IDF, Piece, read_tokens

__all__ = ["find_reworded"]

Place: TypeAlias = Literal["input", "output"]
SHARED_IDF: Final = 25.0
"""Information of the uncommon words that two sentences share, in nats, that hardly is chance."""
SHARED_SHARE: Final = 0.9
"""And so much of those of the one that has fewer."""
ALIKE: Final = 75.0
"""Least likeness of the two as sets of words, 0 to 100."""
ANCHORS: Final = 4
"""So many of a sentence's rarest words lead to those that may be it in other words."""
CONFIDENCE: Final = 0.75
OVERLAP_CONFIDENCE: Final = 0.6
"""Where the taker began before the giver ended."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    plain: str
    stems: dict[str, float]
    """Uncommon stem -> its information in nats."""
    numbers: frozenset[str]
    is_negated: bool

    @property
    def anchors(self) -> Iterator[tuple[str, str]]:
        """Pairs of its rarest stems."""
        rarest = sorted(self.stems, key=lambda one: (-self.stems[one], one))[:ANCHORS]
        return combinations(sorted(rarest), 2)


class _Candidate(NamedTuple):
    run_id: str
    giver: Party
    taker: Party
    found_in: Place
    said: str
    again: str
    confidence: float


def find_reworded(runs: Iterable[tuple[str, RunTexts]], scorer: str | Scorer) -> Iterator[Flow]:
    """Find sentences of leaves that later leaves of other domains, or teams, say in other words.

    Args:
        runs: of ``read_runs``.
        scorer: retention scorer, or its name, which must find the giver's sentence whole in the taker's.

    Yields:
        At most one flow per pair of leaves.
    """
    found = [candidate for run_id, run in runs for candidate in _candidates(run_id, run)]
    _, scores = score_pairs([one.said for one in found], [one.again for one in found], scorer)
    told: set[tuple[str, str, str]] = set()
    for one, score in zip(found, scores, strict=True):
        pair = (one.run_id, one.giver.id, one.taker.id)
        if score.verdict == "retained" and pair not in told:
            told.add(pair)
            piece = Piece("reworded", one.said, one.confidence)
            yield Flow(one.run_id, one.giver, one.taker, one.found_in, (piece,), one.confidence)


def _candidates(run_id: str, run: RunTexts) -> Iterator[_Candidate]:
    sayers: dict[tuple[str, str], list[tuple[Party, _Sentence]]] = {}
    for leaf in run.leaves:
        for sentence in _sentences(leaf.output, run):
            for anchor in sentence.anchors:
                sayers.setdefault(anchor, []).append((leaf, sentence))
    for taker in run.leaves:
        known = {stem(word) for text in handed_down(run, taker) for word in read_tokens(text).words}
        known.update(stem(word) for tokens in run.results for word in tokens.words)
        texts: tuple[tuple[Place, str | None], ...] = (("input", taker.input), ("output", taker.output))
        for found_in, text in texts:
            for sentence in _sentences(text, run):
                for giver, said in _said_before(run, taker, sentence, sayers):
                    if _is_alike(said, sentence, known):
                        overlaps = (taker.started_ns or 0) < (giver.ended_ns or 0)
                        confidence = OVERLAP_CONFIDENCE if overlaps else CONFIDENCE
                        yield _Candidate(run_id, giver, taker, found_in, said.text, sentence.text, confidence)


def _sentences(text: str | None, run: RunTexts) -> list[_Sentence]:
    made: list[_Sentence] = []
    for sentence in split_sentences(text or ""):
        tokens = read_tokens(sentence)
        weights = {stem(word): idf(word) for word in tokens.words if not word[0].isdigit()}
        stems = {one: weight for one, weight in weights.items() if weight >= CONTEXT_IDF and one not in run.common}
        made.append(
            _Sentence(sentence, plain_words(sentence), stems, frozenset(tokens.numbers), _is_negated(tokens.words))
        )
    return made


def _is_negated(words: Sequence[str]) -> bool:
    return any(word in NEGATIONS or word.endswith("n't") for word in words)


def _said_before(
    run: RunTexts,
    taker: Party,
    sentence: _Sentence,
    sayers: dict[tuple[str, str], list[tuple[Party, _Sentence]]],
) -> list[tuple[Party, _Sentence]]:
    """Sentences of the first leaf that said anything like it, where that is not the taker's own or boilerplate."""
    found: dict[tuple[str, str], tuple[Party, _Sentence]] = {}
    for anchor in sentence.anchors:
        said: Sequence[tuple[Party, _Sentence]] = sayers.get(anchor, ())
        if len({leaf.id for leaf, _ in said}) <= boilerplate_above(run):
            found.update({(leaf.id, one.text): (leaf, one) for leaf, one in said})
    givers = [(leaf, one) for leaf, one in found.values() if leaf.id != taker.id and _may_give(run, leaf, taker)]
    first = min((leaf.ended_ns or 0 for leaf, _ in givers), default=0)
    return [(leaf, one) for leaf, one in givers if leaf.ended_ns == first]


def _may_give(run: RunTexts, giver: Party, taker: Party) -> bool:
    together = giver.domain == taker.domain if run.between == "domains" else giver.parent_id == taker.parent_id
    of_one_source = run.sources.get(giver.id, frozenset()) & run.sources.get(taker.id, frozenset())
    return not together and not of_one_source and is_later(giver, taker)


def _is_alike(said: _Sentence, again: _Sentence, known: set[str]) -> bool:
    """Whether one may be the other in other words, with the same figures and no denial, and not known anyway."""
    if said.numbers != again.numbers or said.is_negated != again.is_negated:
        return False
    shared = {one: weight for one, weight in said.stems.items() if one in again.stems and one not in known}
    least = min(sum(said.stems.values()), sum(again.stems.values()))
    weight = sum(shared.values())
    return weight >= SHARED_IDF and weight >= SHARED_SHARE * least and token_set_ratio(said.plain, again.plain) >= ALIKE
