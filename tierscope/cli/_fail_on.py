"""``--fail-on``: an exit code for scripts that want to know whether any row of a metric is of a certain kind."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tierscope.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl

    from tierscope.evals.expectation import Expectation
    from tierscope.metrics import Metric

FailOnOption = Annotated[
    str | None,
    typer.Option(
        "--fail-on",
        metavar="CONDITION",
        help="Exit with 1 if this holds for any row, such as 'breach == true' or 'p95_ms > 60000'.",
    ),
]

_CONDITION: Final = re.compile(r"\s*(\w+)\b\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold for no row."""

    column: str
    expectation: Expectation
    text: str
    """As it was given."""


def parse_condition(text: str, metrics: Iterable[Metric]) -> Condition:
    """Read a condition, and see that it is about a column of the metrics.

    Args:
        text: a column, and a comparison as suites write them.
        metrics: those that are computed.

    Raises:
        InputError: no such form, or no metric has the column.
    """
    from tierscope.evals.expectation import parse_expectation

    parts = _CONDITION.fullmatch(text)
    if parts is None:
        raise InputError(f"--fail-on: '{text}' names no column; write a condition such as 'breach == true'.")
    try:
        condition = Condition(parts[1], parse_expectation(parts[2]), text.strip())
    except ValueError as error:
        raise InputError(f"--fail-on: {error}.") from error
    asked = list(metrics)
    if not any(condition.column in metric.frame_schema for metric in asked):
        columns = ", ".join(sorted({column for metric in asked for column in metric.frame_schema}))
        raise InputError(f"--fail-on: no metric asked for has a column '{condition.column}'; there are: {columns}.")
    return condition


def fail_on(condition: Condition, frames: Iterable[tuple[Metric, pl.DataFrame]]) -> None:
    """Leave with exit code 1 if the condition holds for any row; what was not measured is no finding.

    Raises:
        InputError: the column holds no numbers, or no texts, and the condition compares with one.
        typer.Exit: it holds.
    """
    import polars as pl

    found: list[str] = []
    for metric, frame in frames:
        if condition.column in frame.columns:
            dtype = frame.schema[condition.column]
            if condition.expectation.is_numeric and not dtype.is_numeric():
                raise InputError(f"--fail-on: column '{condition.column}' of {metric.name} holds no numbers.")
            if isinstance(condition.expectation.value, str) and dtype != pl.String:
                raise InputError(f"--fail-on: column '{condition.column}' of {metric.name} holds no texts.")
            rows = sum(condition.expectation.holds(value) for value in frame[condition.column].drop_nulls())
            if rows:
                found.append(f"{rows} of {frame.height} rows of {metric.name}")
    if found:
        print(f"tierscope: {condition.text} holds for {', '.join(found)}.", file=sys.stderr)
        raise typer.Exit(1)
