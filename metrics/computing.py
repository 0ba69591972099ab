"""From a metric's name and a store to its frame."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tierscope.errors import InputError
from tierscope.instrumentation.arrow_results import fetch_table
from tierscope.instrumentation.store import Store
from tierscope.metrics.forest import GROUPS
from tierscope.metrics.left_out import fetched_facts, with_left_out
from tierscope.metrics.metric import Metric
from tierscope.metrics.registry import find_metric
from tierscope.metrics.run_filter import RunFilter, select_ids
from tierscope.metrics.sql import load_query

__all__ = ["compute", "load_frames"]


def compute(
    name: str,
    store: Store,
    runs: RunFilter | None = None,
    **options: Any,  # noqa: ANN401 - each metric declares its own
) -> pl.DataFrame:
    """Compute one metric.

    The database is open only while the metric's queries run; all arithmetic happens after it was closed.

    Args:
        name: a name of ``load_registry()``.
        store: where the runs are.
        runs: which of them; all where None.
        options: the metric's own, such as ``by=("domain",)``.

    Returns:
        One row per combination of the metric's grain (or of ``by``), with the columns of its ``frame_schema``: of a
        metric that rests on facts which not every recording has, the last one says what was left out and why.

    Raises:
        UnknownNameError: there is no such metric, or a run was named that is not stored.
        InputError: an option that the metric does not have, or a value that does not fit.
        StoreError: the store cannot be read.
    """
    metric = find_metric(name)
    _check_options(metric, options)
    if "spawn_limit" in metric.options:
        options.setdefault("spawn_limit", store.settings.spawn_limit)
    by, facts = options.get("by", ()), fetched_facts(metric)
    columns = {**_columns(metric, by), **facts}
    frames = load_frames(store, (*metric.queries, *facts), select_ids(store, runs), columns)
    lacking = {query: frames.pop(query) for query in facts}
    return with_left_out(metric, metric.function(**frames, **options), lacking, by or metric.grain)


def load_frames(
    store: Store,
    queries: Sequence[str],
    run_ids: Sequence[str] | None,
    columns: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, pl.DataFrame]:
    """Run queries over some runs in one short session.

    Args:
        store: where the runs are.
        queries: files in ``metrics/queries`` without the ending; each takes ``$run_ids``.
        run_ids: the runs; all where None.
        columns: query -> the columns that are wanted of it; all of a query that is not named.

    Returns:
        Query name -> frame.

    Raises:
        StoreError: the store cannot be read.
    """
    ids = {"run_ids": None if run_ids is None else list(run_ids)}
    with store.read() as connection:
        return {
            name: pl.DataFrame(fetch_table(connection, _narrowed(name, (columns or {}).get(name)), ids))
            for name in queries
        }


def _narrowed(query: str, columns: Sequence[str] | None) -> str:
    """Text of a query, for some of its columns."""
    text = load_query(query)
    return text if columns is None else f"SELECT {', '.join(columns)} FROM ({text})"  # noqa: S608 - names of our own


def _columns(metric: Metric, by: Sequence[str]) -> dict[str, list[str]]:
    """What a metric reads of its queries when it is grouped so."""
    groups = [name for name in by or metric.grain if name in GROUPS] if metric.by else []
    return {query: list(dict.fromkeys([*names, *groups])) for query, names in metric.reads.items()}


def _check_options(metric: Metric, options: dict[str, Any]) -> None:
    known = {*metric.options, *(("by",) if metric.by else ())}
    for name in options:
        if name not in known:
            listed = ", ".join(sorted(known)) or "none"
            raise InputError(f"Metric '{metric.name}' has no option '{name}'; it has: {listed}.")
    for column in options.get("by", ()):
        if column not in metric.by:
            raise InputError(
                f"Metric '{metric.name}' cannot be grouped by '{column}'; it can by: {', '.join(metric.by)}."
            )
