"""How often domains needed each other: declared and hidden dependencies between each two."""

from typing import Final

import polars as pl

from tierscope.metrics.hidden_dependencies import MINIMUM_CONFIDENCE, compute_hidden_dependencies
from tierscope.metrics.metric import Metric
from tierscope.metrics.schema import Schema, fit_schema

__all__ = ["DOMAIN_DEPENDENCIES", "compute_domain_dependencies"]

_SCHEMA: Final[Schema] = {
    "from_domain": pl.String,
    "to_domain": pl.String,
    "n": pl.Int64,
    "declared": pl.Int64,
    "hidden": pl.Int64,
    "runs_with_hidden": pl.Int64,
    "max_confidence": pl.Float64,
}

_ENDS: Final = ("run_id", "from_id", "to_id")


def compute_domain_dependencies(
    texts: pl.DataFrame,
    signals: pl.DataFrame,
    handoff_texts: pl.DataFrame,
    tool_reads: pl.DataFrame,
    declared_dependencies: pl.DataFrame,
    minimum_confidence: float = MINIMUM_CONFIDENCE,
) -> pl.DataFrame:
    """Count dependencies between domains.

    Args:
        texts: frame of ``queries/texts.sql``.
        signals: frame of ``queries/signals.sql``.
        handoff_texts: frame of ``queries/handoff_texts.sql``.
        tool_reads: frame of ``queries/tool_reads.sql``.
        declared_dependencies: frame of ``queries/declared_dependencies.sql``.
        minimum_confidence: leaves out hidden ones that are less sure.

    Returns:
        One row per ordered pair of different domains that took part in a run together, those with hidden
        dependencies first: a matrix in rows. ``n`` runs with both and with times and texts to judge from;
        ``declared`` calls and handoffs from an agent of the one to an agent of the other, and results, things and
        links that one declared to use of the other; ``hidden`` pairs of leaves as of ``hidden_dependencies``; null
        where no run could be judged.
    """
    keys = ["from_domain", "to_domain"]
    hidden = compute_hidden_dependencies(
        texts, signals, handoff_texts, tool_reads, declared_dependencies, minimum_confidence
    )
    counts = hidden.group_by(keys).agg(
        hidden=pl.len(), runs_with_hidden=pl.col("run_id").n_unique(), max_confidence=pl.col("confidence").max()
    )
    said = pl.concat([handoff_texts.select(_ENDS), declared_dependencies.select(_ENDS)])
    declared = _crossing(texts, said).group_by(keys).agg(declared=pl.len())
    judged = pl.col("n") > 0
    frame = (
        _pairs(texts)
        .join(declared, on=keys, how="left")
        .join(counts, on=keys, how="left")
        .with_columns(
            pl.col("declared").fill_null(0),
            *(pl.when(judged).then(pl.col(name).fill_null(0)).alias(name) for name in ("hidden", "runs_with_hidden")),
        )
        .sort("hidden", "declared", *keys, descending=[True, True, False, False], nulls_last=True)
    )
    return fit_schema(frame, _SCHEMA)


def _pairs(texts: pl.DataFrame) -> pl.DataFrame:
    """Ordered pairs of domains of one run, and in how many runs they can be judged."""
    can_judge = pl.col("started_ns").is_not_null() & pl.col("output").is_not_null()
    domains = (
        texts.filter(pl.col("domain").is_not_null())
        .group_by("run_id", "domain")
        .agg(judged=(can_judge & (pl.col("tier") > 0)).any())
    )
    return (
        domains.join(domains, on="run_id", suffix="_to")
        .filter(pl.col("domain") != pl.col("domain_to"))
        .group_by(from_domain="domain", to_domain="domain_to")
        .agg(n=(pl.col("judged") & pl.col("judged_to")).sum())
    )


def _crossing(texts: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Declared dependencies that cross domains."""
    domains = texts.filter(pl.col("domain").is_not_null()).select("run_id", "invocation_id", "domain")
    givers = domains.rename({"invocation_id": "from_id", "domain": "from_domain"})
    takers = domains.rename({"invocation_id": "to_id", "domain": "to_domain"})
    crossing = said.join(givers, on=["run_id", "from_id"]).join(takers, on=["run_id", "to_id"])
    return crossing.filter(pl.col("from_domain") != pl.col("to_domain"))


DOMAIN_DEPENDENCIES: Final = Metric(
    name="domain_dependencies",
    title="Dependencies between domains",
    summary="Which domains need each other's output, said and unsaid?",
    function=compute_domain_dependencies,
    queries=("texts", "signals", "handoff_texts", "tool_reads", "declared_dependencies"),
    needs=("place", "times", "output"),
    grain=("from_domain", "to_domain"),
    value="hidden",
    unit="dependencies",
    direction="lower",
    schema=_SCHEMA,
    runs=("n",),
    options={"minimum_confidence": "leaves out hidden ones that are less sure, 0 to 1"},
)
