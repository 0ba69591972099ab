"""What a metric leaves out since it was not recorded: how many agents, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from tierscope.instrumentation.store import Store
from tierscope.metrics.metric import LEFT_OUT_WHY, Fact, Metric
from tierscope.metrics.registry import find_metric
from tierscope.metrics.run_filter import RunFilter, select_ids
from tierscope.metrics.sql import load_query

__all__ = ["LeftOut", "explain_left_out", "explain_metrics", "fetched_facts", "note_left_out", "with_left_out"]

_FACTS: Final = "lacking_facts"
_ORDER: Final = "disordered_agents"
_WHY: Final[dict[Fact, str]] = {
    "root": "have no root",
    "place": "have no known place in the tree",
    "ended": "are still running",
    "times": "have no recorded times",
    "order_in_time": "begin before the agent above them, or end before they begin: only what lies inside it counts",
    "input": "have no recorded input",
    "output": "have no recorded output",
    "tokens": "call models, but have no recorded tokens",
    "cost": "call models whose cost is not known",
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One fact that a metric rests on and that not all runs or agents have."""

    fact: Fact
    n: int
    """How many lack it."""
    of: int
    """Of how many agents, or runs where the fact is the root."""

    @property
    def sentence(self) -> str:
        """Such as: 3 of 40 agents have no recorded times."""
        if self.fact == "root" and self.of == 1:
            return "the run has no root"
        return f"{self.n:,} of {self.of:,} {'runs' if self.fact == 'root' else 'agents'} {_WHY[self.fact]}"


def explain_left_out(name: str, store: Store, runs: RunFilter | None = None) -> list[LeftOut]:
    """Say what a metric's frame leaves out, of the same runs: also of a frame that has no row to say it in.

    Args:
        name: a name of ``load_registry()``.
        store: where the runs are.
        runs: which of them; all where None.

    Returns:
        One entry per fact that the metric rests on and that is not there for all; empty where nothing is left out.

    Raises:
        UnknownNameError: there is no such metric, or a run was named that is not stored.
        StoreError: the store cannot be read.
    """
    return explain_metrics([find_metric(name)], store, runs)[name]


def explain_metrics(metrics: Sequence[Metric], store: Store, runs: RunFilter | None = None) -> dict[str, list[LeftOut]]:
    """The same for several metrics at once, by name.

    Raises:
        UnknownNameError: a run was named that is not stored.
        StoreError: the store cannot be read.
    """
    needs: set[Fact] = {fact for metric in metrics for fact in metric.needs}
    ids = {"run_ids": select_ids(store, runs)}
    lacking = {query: store.query(load_query(query), ids) for query in _fetched(needs)}
    return {metric.name: _over_all(metric, _by_run(metric, lacking)) if metric.needs else [] for metric in metrics}


def fetched_facts(metric: Metric) -> dict[str, Sequence[str]]:
    """Queries that tell what was not recorded of what a metric rests on -> the columns that are wanted of each."""
    return _fetched(metric.needs)


def with_left_out(
    metric: Metric, frame: pl.DataFrame, lacking: Mapping[str, pl.DataFrame], keys: Sequence[str]
) -> pl.DataFrame:
    """Let a frame say itself what it leaves out and why, in its last column.

    Args:
        metric: what the frame is of.
        frame: what its function returned.
        lacking: frames of ``fetched_facts``, of the same runs.
        keys: columns of which one combination is one row.

    Returns:
        The frame with ``left_out_why``. One row per run says it of that run, and a run of which nothing could be
        measured has a row of its own with ``n`` 0; all others say it of all runs. Null where nothing is left out. A
        metric that rests on no such fact has no such column.
    """
    if not metric.needs:
        return frame
    by_run = _by_run(metric, lacking)
    if tuple(keys) != ("run_id",):
        return frame.with_columns(pl.lit(_say(_over_all(metric, by_run)), pl.String).alias(LEFT_OUT_WHY))
    short = by_run.filter(pl.any_horizontal(pl.col(fact) > 0 for fact in metric.needs))
    why = [_say(_left_out(metric, counts, runs=1)) for counts in short.iter_rows(named=True)]
    told = short.select("run_id", "label", pl.lit(0, pl.Int64).alias("n"), pl.Series(LEFT_OUT_WHY, why, pl.String))
    unmeasured = told.join(frame, on="run_id", how="anti").select(
        name for name in told.columns if name in frame.columns
    )
    whole = pl.concat([frame, unmeasured], how="diagonal")
    return whole.join(told.select("run_id", LEFT_OUT_WHY), on="run_id", how="left", maintain_order="left")


def note_left_out(frame: pl.DataFrame) -> str | None:
    """What a frame's rows leave out, as a sentence below its table; None where that is nothing.

    Args:
        frame: of ``compute``, or some rows of it.
    """
    if LEFT_OUT_WHY not in frame.columns:
        return None
    why = frame[LEFT_OUT_WHY].drop_nulls()
    if why.n_unique() > 1:
        return f"Of {len(why):,} of {frame.height:,} rows something is left out; {LEFT_OUT_WHY} says what and why."
    return f"Left out: {why[0]}." if len(why) else None


def _fetched(needs: Collection[Fact]) -> dict[str, Sequence[str]]:
    if not needs:
        return {}
    facts = [fact for fact in needs if fact not in ("root", "order_in_time")]
    fetched: dict[str, Sequence[str]] = {_FACTS: ("run_id", "label", "agents", "root", *facts)}
    return fetched | {_ORDER: ("run_id", "order_in_time")} if "order_in_time" in needs else fetched


def _by_run(metric: Metric, lacking: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """``run_id``, ``label``, ``agents``, and how many agents of each run lack each fact that a metric rests on."""
    frame = lacking[_FACTS]
    if _ORDER in lacking:
        frame = frame.join(lacking[_ORDER], on="run_id", how="left", maintain_order="left")
    return frame.select("run_id", "label", pl.col("agents", *metric.needs).cast(pl.Int64).fill_null(0))


def _over_all(metric: Metric, by_run: pl.DataFrame) -> list[LeftOut]:
    sums = by_run.select(pl.col("agents", *metric.needs).sum()).row(0, named=True)
    return _left_out(metric, sums, by_run.height)


def _left_out(metric: Metric, counts: Mapping[str, int], runs: int) -> list[LeftOut]:
    return [
        LeftOut(fact, counts[fact], runs if fact == "root" else counts["agents"])
        for fact in metric.needs
        if counts[fact] > 0
    ]


def _say(left_out: Sequence[LeftOut]) -> str | None:
    return "; ".join(one.sentence for one in left_out) or None
