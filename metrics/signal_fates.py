"""What became of every signal at every ancestor on its way up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import polars as pl

from tierscope.instrumentation.runs import Signal
from tierscope.metrics.leaf_signals import LeafSignal, collect_signals
from tierscope.metrics.lineage import Lineage, Member
from tierscope.metrics.metric import Metric
from tierscope.metrics.presence import judge_presence
from tierscope.metrics.retention import RetentionScore, Scorer
from tierscope.metrics.schema import Schema, fit_schema, frame_of
from tierscope.metrics.score_memo import score_pairs

__all__ = ["SIGNAL_FATES", "compute_signal_fates"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "project": pl.String,
    "version": pl.String,
    "task_type": pl.String,
    "signal_id": pl.String,
    "signal": pl.String,
    "critical": pl.Boolean,
    "declared": pl.Boolean,
    "numeric": pl.Boolean,
    "salience": pl.Float64,
    "from_id": pl.String,
    "from_agent": pl.String,
    "from_tier": pl.Int32,
    "domain": pl.String,
    "agent_id": pl.String,
    "agent": pl.String,
    "tier": pl.Int32,
    "hop": pl.String,
    "hop_name": pl.String,
    "n": pl.Int64,
    "verdict": pl.String,
    "score": pl.Float64,
    "child_verdict": pl.String,
    "evidence": pl.String,
    "reasons": pl.String,
    "lost_at": pl.String,
    "scorer": pl.String,
}
_RUN_FACTS: Final = ("label", "project", "version", "task_type")


@dataclass(frozen=True, slots=True)
class _Step:
    """One signal before one ancestor."""

    run_id: str
    signal: LeafSignal
    ancestor: Member
    child: Member
    """The member below the ancestor on the signal's way."""
    hop_name: str


def compute_signal_fates(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    scorer: str | Scorer | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> pl.DataFrame:
    """Judge every signal of a leaf in the output of every ancestor on its way up.

    Args:
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        scorer: a scorer or its name; the default one, or words alone without the ``retention`` extra, where None.
        progress: told (done, total) now and then.

    Returns:
        One row per signal and ancestor, nearest first. ``verdict`` is retained, partial, lost or distorted,
        null where the ancestor's output was not recorded; ``child_verdict`` is the same for the agent below it on
        the way (``hop`` names both tiers), retained for the author itself. ``lost_at`` is the first ancestor that
        lost (or distorted) the signal though the agent below still had it. A critical signal counts as retained only
        where its words stand: an embedding alone never says that a warning was passed on. ``n`` is 1.

    Raises:
        UnknownNameError: there is no scorer of that name.
        MissingExtraError: the named scorer needs the ``retention`` extra.
    """
    steps = list(_steps(texts, signals))
    judged = [step for step in steps if step.ancestor.output is not None]
    name, scores = score_pairs(
        [step.signal.text for step in judged], [step.ancestor.output or "" for step in judged], scorer, progress
    )
    verdicts = {
        (step.run_id, step.signal.id, step.ancestor.id): _judge_critical(step, score)
        for step, score in zip(judged, scores, strict=True)
    }
    rows = _rows(steps, verdicts, name)
    narrow = {name: dtype for name, dtype in _SCHEMA.items() if name not in _RUN_FACTS}
    facts = texts.select("run_id", *_RUN_FACTS).unique("run_id", maintain_order=True)
    return fit_schema(frame_of(rows, narrow).join(facts, on="run_id", maintain_order="left"), _SCHEMA)


def _steps(texts: pl.DataFrame, signals: pl.DataFrame) -> Iterator[_Step]:
    recorded: dict[str, list[Signal]] = {}
    columns = ("run_id", "invocation_id", "text", "critical", "declared")
    for run_id, id_, text, critical, declared in signals.select(columns).iter_rows():
        recorded.setdefault(run_id, []).append(Signal(id_, text, critical, declared=declared))
    for run_id, lineage in Lineage.from_frame(texts).items():
        for signal in collect_signals(lineage, recorded.get(run_id, ())):
            child = signal.author
            for ancestor in lineage.path_up(signal.author.id):
                hop_name = f"{lineage.role(child)} -> {lineage.role(ancestor)}"
                yield _Step(run_id, signal, ancestor, child, hop_name)
                child = ancestor


def _judge_critical(step: _Step, score: RetentionScore) -> tuple[str | None, float | None, str | None, str]:
    """Verdict, score, evidence and reasons; of a critical signal the words decide between retained and not."""
    verdict, reasons = score.verdict, "; ".join(score.reasons)
    if step.signal.critical and step.ancestor.output is not None and verdict != "distorted":
        presence = judge_presence(step.signal.text, step.ancestor.output)
        if presence == "absent" and verdict == "retained":
            verdict, reasons = "partial", "critical, and its words do not stand there"
        elif presence != "absent":
            verdict, reasons = "retained", presence
    return verdict, score.score, score.evidence, reasons


def _rows(
    steps: list[_Step],
    verdicts: dict[tuple[str, str, str], tuple[str | None, float | None, str | None, str]],
    scorer: str,
) -> Iterator[tuple[object, ...]]:
    nothing = (None, None, None, "no output was recorded")
    found = [verdicts.get((step.run_id, step.signal.id, step.ancestor.id), nothing) for step in steps]
    below = [
        "retained" if step.child is step.signal.author else found[number - 1][0] for number, step in enumerate(steps)
    ]
    lost_at: dict[tuple[str, str], str] = {}
    for step, (verdict, *_), child_verdict in zip(steps, found, below, strict=True):
        if verdict in ("lost", "distorted") and child_verdict not in ("lost", "distorted"):
            lost_at.setdefault((step.run_id, step.signal.id), step.ancestor.agent)
    for step, (verdict, score, evidence, reasons), child_verdict in zip(steps, found, below, strict=True):
        signal, author, ancestor = step.signal, step.signal.author, step.ancestor
        yield (
            *(step.run_id, signal.id, signal.text, signal.critical, signal.declared, signal.numeric, signal.salience),
            *(author.id, author.agent, author.tier, author.domain),
            *(ancestor.id, ancestor.agent, ancestor.tier, f"{step.child.tier} -> {ancestor.tier}", step.hop_name, 1),
            *(verdict, score, child_verdict, evidence, reasons),
            *(lost_at.get((step.run_id, signal.id)), scorer),
        )


SIGNAL_FATES: Final = Metric(
    name="signal_fates",
    title="Fate of every signal",
    summary="Which piece of information was kept, lost or changed, by whom, and what does the synthesis say instead?",
    function=compute_signal_fates,
    queries=("texts", "signals"),
    needs=("place", "output"),
    grain=("run_id", "signal_id", "agent_id"),
    value="score",
    unit="score",
    direction="higher",
    schema=_SCHEMA,
    options={
        "scorer": "name of the retention scorer",
        "progress": "called with (done, total) while scoring",
    },
    labels=("label", "signal", "agent"),
    shown=("label", "from_agent", "agent", "verdict", "score", "critical", "lost_at", "signal"),
)
