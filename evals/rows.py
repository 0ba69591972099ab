"""The rows of a metric's frame that a check is about, each against the expectation."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from tierscope.evals.expectation import parse_expectation
from tierscope.evals.fitting import checked_column
from tierscope.evals.results import RowResult
from tierscope.evals.suite import Check
from tierscope.evals.verdict import Outcome
from tierscope.metrics import load_registry
from tierscope.metrics.format import format_value

__all__ = ["count_unmeasured", "explain_no_rows", "select_rows"]

_LISTED_VALUES: Final = 8
_ID_CHARACTERS: Final = 8
_NAME_CHARACTERS: Final = 60


def select_rows(check: Check, frame: pl.DataFrame) -> tuple[RowResult, ...]:
    """Rows that a check's ``where`` lets through, in the frame's order.

    Args:
        check: the conditions, the column and the expectation.
        frame: the metric's frame, all rows.

    Returns:
        Each row's outcome: ``unjudged`` where it has no value or its n is below ``min_n``.
    """
    fits = {name: _condition(wanted, frame.schema[name].is_numeric()) for name, wanted in check.where.items()}
    return tuple(
        _read_row(check, record)
        for record in frame.iter_rows(named=True)
        if all(condition(record[name]) for name, condition in fits.items())
    )


def count_unmeasured(check: Check, frame: pl.DataFrame) -> int:
    """Number of rows that rest on nothing, and for which a check's ``where`` asks what was not measured."""
    asked = [pl.col(name).is_null() for name in check.where]
    return frame.filter(pl.col("n") == 0, pl.any_horizontal(pl.lit(value=False), *asked)).height


def explain_no_rows(check: Check, frame: pl.DataFrame) -> str:
    """Why no row was selected, and which values there are to select by."""
    if frame.is_empty() or not check.where:
        return f"metric {check.metric} has no row for these runs"
    wanted = " and ".join(f"{name} {value}" for name, value in check.where.items())
    present = "; ".join(f"{name} is {_list_values(frame[name])}" for name in check.where)
    return f"no row of {check.metric} has {wanted}: {present}"


def _condition(wanted: object, numeric: bool) -> Callable[[object], bool]:
    if isinstance(wanted, tuple):
        return lambda value: value in wanted
    if isinstance(wanted, str) and numeric:
        expectation = parse_expectation(wanted)
        return lambda value: isinstance(value, int | float) and expectation.holds(value)
    if isinstance(wanted, str) and "*" in wanted:
        pattern = re.compile(".*".join(re.escape(piece) for piece in wanted.split("*")), re.DOTALL)
        return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None
    return lambda value: value == wanted


def _key_columns(check: Check) -> tuple[str, ...]:
    """Columns that tell rows apart."""
    by: Sequence[str] = check.options.get("by", ())
    return tuple(by) or load_registry()[check.metric].grain


def _spell_name(check: Check, record: Mapping[str, object]) -> str:
    """The row by what people know it by, else by what tells it apart."""
    labels = () if "by" in check.options else load_registry()[check.metric].labels
    known = [name for name in labels if record.get(name) is not None]
    return ", ".join(_spell_part(name, record[name]) for name in known or _key_columns(check))


def _spell_part(column: str, value: object) -> str:
    text = " ".join(format_value(value).split())
    if column.endswith("_id"):
        return f"{column.removesuffix('_id')} {text.rpartition(':')[2][:_ID_CHARACTERS]}"
    return f"{column} {text}" if len(text) <= _NAME_CHARACTERS else f"{column} “{text[: _NAME_CHARACTERS - 1]}…”"


def _read_row(check: Check, record: Mapping[str, object]) -> RowResult:
    value, n = record[checked_column(check)], record.get("n")
    count = n if isinstance(n, int) else None
    if not isinstance(value, int | float | str) or (isinstance(value, float) and math.isnan(value)):
        value = None
    outcome: Outcome = "unjudged"
    if check.aggregate == "count":
        outcome = "passed"  # what is expected of their number says nothing about one of them
    elif value is not None and (count is None or count >= check.min_n):
        outcome = "passed" if check.expectation.holds(value) else "failed"
    key = {name: record[name] for name in _key_columns(check)}
    sentence = record.get("text")
    return RowResult(
        key, _spell_name(check, record), value, count, outcome, None if sentence is None else str(sentence)
    )


def _list_values(column: pl.Series) -> str:
    texts = [format_value(value) for value in column.unique().sort(nulls_last=True)]
    if len(texts) > _LISTED_VALUES or any(len(text) > _NAME_CHARACTERS for text in texts):
        return f"one of {len(texts)} others"
    return ", ".join(texts)
