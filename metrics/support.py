"""Whether what a synthesis says has a base in what it was made of."""

from collections.abc import Callable
from typing import Final

import polars as pl

from tierscope.metrics.lineage import Lineage, Member
from tierscope.metrics.retention import Scorer, split_claims
from tierscope.metrics.schema import Schema, frame_of
from tierscope.metrics.score_memo import score_pairs

__all__ = ["judge_support"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "agent_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "domain": pl.String,
    "statement": pl.String,
    "salience": pl.Float64,
    "score": pl.Float64,
    "verdict": pl.String,
    "nearest": pl.String,
    "scorer": pl.String,
}


def judge_support(
    texts: pl.DataFrame, scorer: str | Scorer | None, progress: Callable[[int, int], None] | None
) -> pl.DataFrame:
    """Judge every statement of every synthesis in what its author had read.

    Args:
        texts: frame of ``queries/texts.sql``.
        scorer: a retention scorer or its name; the default one where None.
        progress: told (done, total) now and then.

    Returns:
        One row per claim of an agent that has members, all of whose outputs were recorded. ``verdict`` is retained
        where a member's output or the agent's own input says it, partial, lost where none does, distorted where one
        says otherwise; ``nearest`` is the sentence that comes closest.
    """
    found: list[tuple[str, Member, str, float, str]] = []
    given = texts.select("run_id", "invocation_id", "input").drop_nulls()
    inputs: dict[tuple[str, str], str] = {(run_id, id_): text for run_id, id_, text in given.iter_rows()}
    for run_id, lineage in Lineage.from_frame(texts).items():
        for author in lineage.members.values():
            read = [member.output for member in lineage.children(author.id)]
            whole = [text for text in read if text is not None]
            if author.output is None or not read or len(whole) < len(read):
                continue
            base = "\n".join([*whole, inputs.get((run_id, author.id), "")])
            found += ((run_id, author, claim.text, claim.salience, base) for claim in split_claims(author.output))
    name, scores = score_pairs([row[2] for row in found], [row[4] for row in found], scorer, progress)
    rows = (
        (
            *(run_id, author.id, author.agent, author.tier, author.domain, statement, salience),
            *(score.score, score.verdict, score.evidence, name),
        )
        for (run_id, author, statement, salience, _), score in zip(found, scores, strict=True)
    )
    return frame_of(rows, _SCHEMA)
