"""`score_retention`: the entrance to all scorers."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing

from tierscope.errors import InputError, UnknownNameError
from tierscope.metrics.retention.calibrated import CalibratedScorer
from tierscope.metrics.retention.embeddings import Embedder
from tierscope.metrics.retention.entailment import EntailmentScorer
from tierscope.metrics.retention.lexical import LexicalScorer
from tierscope.metrics.retention.model import is_model_installed
from tierscope.metrics.retention.scores import (
    MAXIMUM_STATEMENT_CHARACTERS,
    PAIRS_PER_TELLING,
    Progress,
    RetentionScore,
    Scorer,
    StreamingScorer,
)
from tierscope.metrics.retention.soft_recall import CosineScorer, SoftRecallScorer
from tierscope.metrics.retention.vector_cache import VectorCache

__all__ = ["DEFAULT_SCORER", "SCORERS", "open_scorer", "score_grid", "score_retention", "stream_retention"]

DEFAULT_SCORER = "calibrated"
"""The scorer that is used where none is named."""

_ENTAILMENT = "nli:"
_LLM = "llm:"
_STEP = 2_000
"""Pairs that a scorer without a stream gets at a time."""
_FALL_BACK = "scored by words alone: the 'retention' extra is not installed"


def _embedder() -> Embedder:
    return Embedder(VectorCache())


SCORERS: dict[str, Callable[[], Scorer]] = {
    "calibrated": lambda: CalibratedScorer(_embedder()),
    "cosine": lambda: CosineScorer(_embedder()),
    "lexical": LexicalScorer,
    "soft-recall": lambda: SoftRecallScorer(_embedder()),
}
"""Every bundled scorer by name, and how to make one."""


def open_scorer(scorer: str | Scorer | None = None) -> Scorer:
    """Make the named scorer; None means `DEFAULT_SCORER`, or words alone without the extra.

    Args:
        scorer: a name of `SCORERS`; ``nli:MODEL`` with a sentence-transformers CrossEncoder; ``llm:MODEL`` with a
            model of pydantic-ai; a scorer, passed through; or None.

    Raises:
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: ``nli`` without the ``retention`` extra, ``llm`` without the ``llm`` extra.
        InputError: the model of ``nli`` or ``llm`` cannot be used.
    """
    if scorer is None:
        return SCORERS[DEFAULT_SCORER]() if is_model_installed() else LexicalScorer(_FALL_BACK)
    if not isinstance(scorer, str):
        return scorer
    if scorer.startswith(_ENTAILMENT):
        return EntailmentScorer(scorer.removeprefix(_ENTAILMENT))
    if scorer.startswith(_LLM):
        from tierscope.metrics.retention.llm_judge import LlmScorer  # loads pydantic

        return LlmScorer(scorer.removeprefix(_LLM))
    if scorer not in SCORERS:
        known = ", ".join(sorted(SCORERS))
        raise UnknownNameError(f"There is no scorer '{scorer}': use one of {known}, nli:MODEL or llm:MODEL.")
    return SCORERS[scorer]()


def score_retention(
    units: Sequence[str],
    summaries: Sequence[str],
    scorer: str | Scorer | None = None,
    *,
    progress: Progress | None = None,
) -> list[RetentionScore]:
    """Judge whether unit i survives in summary i, for every i.

    A row's score depends on that row alone. Equal texts are read and embedded once, however often they occur, so
    this is also the way to score a whole run. A unit that is blank, or longer than any statement, scores None; a blank
    summary has lost everything.

    Args:
        units: atomic statements.
        summaries: the texts in which they should survive, as many as units.
        scorer: a scorer's name, a scorer, or None for the default.
        progress: told (done, total) now and then.

    Raises:
        InputError: there are not as many summaries as units.
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: the named scorer needs the ``retention`` extra.
    """
    scores: dict[int, RetentionScore] = {}
    with closing(stream_retention(units, summaries, scorer, progress=progress)) as stream:
        scores.update(stream)
    return [scores[index] for index in range(len(units))]


def stream_retention(
    units: Sequence[str],
    summaries: Sequence[str],
    scorer: str | Scorer | None = None,
    *,
    progress: Progress | None = None,
) -> Generator[tuple[int, RetentionScore]]:
    """Judge as `score_retention` does, and yield index and score of each pair as soon as it is there, in any order.

    Whoever breaks off keeps what came until then; close the generator.

    Raises:
        InputError, UnknownNameError, MissingExtraError: as for `score_retention`.
    """
    if len(units) != len(summaries):
        raise InputError(f"{len(units)} units cannot be paired with {len(summaries)} summaries: pass as many.")
    chosen = open_scorer(scorer)
    pairs = list(zip(units, summaries, strict=True))
    judged = [index for index, pair in enumerate(pairs) if _can_be_judged(*pair)]
    left_out = set(range(len(pairs))).difference(judged)
    yield from ((index, _unjudged(pairs[index][0], chosen)) for index in sorted(left_out))
    with closing(_stream([pairs[index] for index in judged], chosen, progress)) as stream:
        for place, score in stream:
            yield judged[place], score


def _stream(
    pairs: Sequence[tuple[str, str]], scorer: Scorer, progress: Progress | None
) -> Generator[tuple[int, RetentionScore]]:
    """Yield place and score of each pair; a scorer that gives them only all at once gets a step at a time."""
    if isinstance(scorer, StreamingScorer):
        with closing(scorer.stream(pairs)) as stream:
            for done, item in enumerate(stream, 1):
                yield item
                if progress is not None and (done % PAIRS_PER_TELLING == 0 or done == len(pairs)):
                    progress(done, len(pairs))
        return
    for begin in range(0, len(pairs), _STEP):

        def tell(done: int, _: int, before: int = begin) -> None:
            if progress is not None:
                progress(before + done, len(pairs))

        yield from enumerate(scorer.score(pairs[begin : begin + _STEP], tell), begin)


def score_grid(
    units: Sequence[str],
    texts: Sequence[str],
    scorer: str | Scorer | None = None,
    *,
    progress: Progress | None = None,
) -> list[list[RetentionScore]]:
    """Judge every unit against every text: one row per unit, one column per text.

    Raises:
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: the named scorer needs the ``retention`` extra.
    """
    flat = score_retention([unit for unit in units for _ in texts], [*texts] * len(units), scorer, progress=progress)
    width = len(texts)
    return [flat[row * width : (row + 1) * width] for row in range(len(units))]


def _can_be_judged(unit: str, summary: str) -> bool:
    return len(unit) <= MAXIMUM_STATEMENT_CHARACTERS and _has_words(unit) and _has_words(summary)


def _has_words(text: str) -> bool:
    return any(character.isalnum() for character in text)


def _unjudged(unit: str, scorer: Scorer) -> RetentionScore:
    if len(unit) > MAXIMUM_STATEMENT_CHARACTERS:
        reason = f"the unit has {len(unit):,} characters: split it into claims first"
    elif not _has_words(unit):
        reason = "the unit has no words"
    else:
        return RetentionScore(0.0, "lost", None, ("the summary has no words",), scorer.name, scorer.version, None)
    return RetentionScore(None, None, None, (reason,), scorer.name, scorer.version, None)
