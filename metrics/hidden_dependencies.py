"""Leaves of different domains that needed each other's output without anyone having said so."""

from collections.abc import Iterable, Sequence
from typing import Final

import polars as pl

from tierscope.metrics.content_flow import Flow, find_flows, read_runs
from tierscope.metrics.metric import Metric
from tierscope.metrics.retention import Scorer
from tierscope.metrics.reworded_content import find_reworded
from tierscope.metrics.schema import Schema, fit_schema, frame_of

__all__ = ["HIDDEN_DEPENDENCIES", "compute_hidden_dependencies"]

_SCHEMA: Final[Schema] = {
    "run_id": pl.String,
    "label": pl.String,
    "project": pl.String,
    "version": pl.String,
    "task_type": pl.String,
    "from_id": pl.String,
    "from_agent": pl.String,
    "from_domain": pl.String,
    "to_id": pl.String,
    "to_agent": pl.String,
    "to_domain": pl.String,
    "n": pl.Int64,
    "confidence": pl.Float64,
    "found_in": pl.String,
    "evidence": pl.List(pl.String),
}
MINIMUM_CONFIDENCE: Final = 0.65
_FACTS: Final = ("label", "project", "version", "task_type")


def compute_hidden_dependencies(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    handoff_texts: pl.DataFrame,
    tool_reads: pl.DataFrame,
    declared_dependencies: pl.DataFrame,
    minimum_confidence: float = MINIMUM_CONFIDENCE,
    reworded: str | Scorer | None = None,
) -> pl.DataFrame:
    """Find content of one leaf's output in a later leaf of another domain that nobody handed to it.

    Args:
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        handoff_texts: frame of ``queries/handoff_texts.sql``.
        tool_reads: frame of ``queries/tool_reads.sql``.
        declared_dependencies: frame of ``queries/declared_dependencies.sql``; what was declared is not hidden.
        minimum_confidence: leaves out what is less sure.
        reworded: a retention scorer, or its name, to confirm content in other words by; None does not look for any.

    Returns:
        One row per pair of leaves, the surest first within a run. ``n`` pieces of evidence, each quoted in
        ``evidence``: phrases of seven or more words, or telling numbers with the same words around them, that A said
        first and that stand in B's ``found_in`` (input or output), but neither in what was handed to B or to an agent
        above it, nor in the result of a tool, nor in so many leaves that it is boilerplate. Of two leaves that read
        the same source only a phrase in the later one's input tells. ``confidence`` is that of all pieces together.
        Runs without times, and agents without recorded texts, cannot be judged and have no rows.
    """
    declared = set(declared_dependencies.select("run_id", "from_id", "to_id").iter_rows())
    flows = list(find_flows(texts, signals, handoff_texts, tool_reads))
    if reworded is not None:
        flows = _with_reworded(flows, find_reworded(read_runs(texts, signals, handoff_texts, tool_reads), reworded))
    flows = [one for one in flows if one.confidence >= minimum_confidence and _ends(one) not in declared]
    narrow = {name: dtype for name, dtype in _SCHEMA.items() if name not in _FACTS}
    facts = texts.select("run_id", *_FACTS).unique("run_id", maintain_order=True)
    frame = frame_of(map(_row, flows), narrow).join(facts, on="run_id", maintain_order="left")
    return fit_schema(frame, _SCHEMA)


def _with_reworded(flows: Sequence[Flow], reworded: Iterable[Flow]) -> list[Flow]:
    """Both kinds, run by run, the surest of a run first; words that are the same tell more than others like them."""
    sure = {_ends(flow) for flow in flows if flow.confidence >= MINIMUM_CONFIDENCE}
    both = [*flows, *(flow for flow in reworded if _ends(flow) not in sure)]
    best = {_ends(flow): flow for flow in sorted(both, key=lambda flow: flow.confidence)}
    return sorted(best.values(), key=lambda flow: (flow.run_id, -flow.confidence))


def _ends(flow: Flow) -> tuple[str, str, str]:
    return flow.run_id, flow.giver.id, flow.taker.id


def _row(flow: Flow) -> tuple[object, ...]:
    giver, taker = flow.giver, flow.taker
    return (
        flow.run_id,
        *(giver.id, giver.agent, giver.domain),
        *(taker.id, taker.agent, taker.domain),
        *(len(flow.pieces), flow.confidence, flow.found_in, [piece.key for piece in flow.pieces]),
    )


HIDDEN_DEPENDENCIES: Final = Metric(
    name="hidden_dependencies",
    title="Hidden cross-domain dependencies",
    summary="Which leaf used the output of a leaf of another domain without that having been handed to it?",
    function=compute_hidden_dependencies,
    queries=("texts", "signals", "handoff_texts", "tool_reads", "declared_dependencies"),
    needs=("place", "times", "input", "output"),
    grain=("run_id", "from_id", "to_id"),
    value="confidence",
    unit="confidence",
    direction="lower",
    schema=_SCHEMA,
    options={
        "minimum_confidence": "leaves out what is less sure, 0 to 1",
        "reworded": "name of the retention scorer by which content in other words is confirmed",
    },
    labels=("label", "from_agent", "to_agent"),
    shown=("label", "from_domain", "from_agent", "to_domain", "to_agent", "n", "confidence", "evidence"),
)
