"""Whether a check fits the metric that it names, before anything is run."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final, cast

import polars as pl

from tierscope.evals.expectation import Figure, parse_expectation
from tierscope.evals.positions import KeyPath
from tierscope.evals.suite import Check
from tierscope.metrics import Metric, load_registry
from tierscope.metrics.format import column_unit
from tierscope.metrics.option_texts import explain_misfit, option_names

__all__ = ["checked_column", "find_misfits", "metric_columns", "suggest", "unit_of"]

_ORDERED_AGGREGATES: Final = frozenset({"max", "min", "mean", "sum"})


def find_misfits(check: Check) -> Iterator[tuple[KeyPath, str]]:
    """What in a check does not fit its metric.

    Args:
        check: one check of a suite.

    Yields:
        The key, seen from the check, and a sentence that says what to write instead.
    """
    metric = load_registry().get(check.metric)
    if metric is None:
        yield (
            ("metric",),
            f"there is no metric '{check.metric}'{suggest(check.metric, load_registry())}; "
            "`tierscope metrics --list` lists them",
        )
        return
    misfits = list(_option_misfits(check, metric))
    yield from misfits
    if not misfits:
        yield from _column_misfits(check, metric)


def metric_columns(check: Check, metric: Metric) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Columns of the frame that a check will see, with their types."""
    by = [str(name) for name in check.options.get("by", ())]
    schema = metric.frame_schema
    kept = {name: dtype for name, dtype in schema.items() if not by or name not in metric.grain}
    return {**{name: schema.get(name, pl.String) for name in by}, **kept}


def checked_column(check: Check) -> str:
    """The column that a check compares."""
    return check.column or load_registry()[check.metric].value


def unit_of(check: Check) -> str:
    """Unit of what a check compares."""
    if check.aggregate == "count":
        return "rows"
    metric, column = load_registry()[check.metric], checked_column(check)
    return metric.unit if column == metric.value else column_unit(column)


def suggest(wrong: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` without its question mark, or nothing where no known name is near."""
    near = get_close_matches(wrong, list(known), n=1)
    return f", did you mean '{near[0]}'" if near else ""


def _option_misfits(check: Check, metric: Metric) -> Iterator[tuple[KeyPath, str]]:
    known = [*option_names(metric), *(("by",) if metric.by else ())]
    for name, value in check.options.items():
        if name not in known:
            listed = ", ".join(known) or "none"
            yield ("options", name), f"metric '{metric.name}' has no option '{name}'; it has: {listed}"
        elif name == "by":
            if not _is_list_out_of(value, metric.by):
                yield ("options", "by"), f"write a list of columns out of: {', '.join(metric.by)}"
        elif (why := explain_misfit(metric, name, value)) is not None:
            yield ("options", name), f"{value!r} does not fit ({metric.options[name]}): {why[:1].lower()}{why[1:]}"


def _is_list_out_of(value: object, known: Iterable[str]) -> bool:
    return isinstance(value, list) and set(cast("list[object]", value)) <= set(known)


def _column_misfits(check: Check, metric: Metric) -> Iterator[tuple[KeyPath, str]]:
    columns = metric_columns(check, metric)
    column = checked_column(check)
    if column not in columns:
        yield ("column",), _no_column(metric, column, columns)
    else:
        yield from _expectation_misfits(check, column, columns[column])
    for name, wanted in check.where.items():
        if name not in columns:
            yield ("where", name), _no_column(metric, name, columns)
        elif isinstance(wanted, str) and columns[name].is_numeric():
            try:
                parse_expectation(wanted)
            except ValueError as error:
                yield ("where", name), f"column '{name}' holds numbers, and {error}"
        elif not all(_can_be(value, columns[name]) for value in (wanted if isinstance(wanted, tuple) else (wanted,))):
            yield ("where", name), f"column '{name}' holds {_kind(columns[name])}, so no row can have {wanted!r}"


def _can_be(value: object, dtype: pl.DataType | type[pl.DataType]) -> bool:
    """Whether a column may hold a value: what cannot be there would be found in no row, and counted as none."""
    if value is None:
        return True
    if isinstance(value, bool) or dtype == pl.Boolean:
        return isinstance(value, bool) and dtype == pl.Boolean
    return isinstance(value, str) != dtype.is_numeric()


def _no_column(metric: Metric, column: str, columns: Iterable[str]) -> str:
    return f"metric '{metric.name}' has no column '{column}'{suggest(column, columns)}; it has: {', '.join(columns)}"


def _expectation_misfits(
    check: Check, column: str, dtype: pl.DataType | type[pl.DataType]
) -> Iterator[tuple[KeyPath, str]]:
    expectation, numeric = check.expectation, dtype.is_numeric() or check.aggregate == "count"
    if check.aggregate in _ORDERED_AGGREGATES and not numeric:
        yield ("aggregate",), f"column '{column}' holds no numbers, so it has no {check.aggregate}; write every or any"
    elif numeric and not expectation.is_numeric:
        yield ("expect",), f"column '{column}' holds numbers; write one after the comparison, such as '<= 5'"
    elif not numeric and expectation.is_numeric:
        example = "== true" if dtype == pl.Boolean else "== ok"
        yield ("expect",), f"column '{column}' holds {_kind(dtype)}; compare it as in '{example}'"
    elif unit_of(check) == "share" and any(_is_over_one(end) for end in (expectation.value, expectation.upper)):
        yield ("expect",), f"column '{column}' is a share from 0 to 1; write '>= 0.8' or '>= 80 %' for eighty per cent"


def _kind(dtype: pl.DataType | type[pl.DataType]) -> str:
    return "true or false" if dtype == pl.Boolean else "numbers" if dtype.is_numeric() else "text"


def _is_over_one(end: Figure | None) -> bool:
    return isinstance(end, float) and end > 1
