"""How a figure reads: the one place where terminal, page, eval and report turn numbers into text."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

__all__ = ["DASH", "column_unit", "column_units", "format_cell", "format_interval", "format_time", "format_value"]

DASH: Final = "—"
"""What stands where nothing was measured; never 0."""

_SUFFIXES: Final[Mapping[str, str]] = {
    "_ms": "ms",
    "_ms2": "ms²",
    "_usd": "USD",
    "_share": "share",
    "_rate": "share",
    "_ratio": "x",
    "_ns": "time",
}
"""Ending of a column's name -> unit of its values."""

_SYMBOLS: Final = frozenset({"ms²", "x"})
"""Units that follow the number in a table cell too; nouns such as tokens stand in the column's heading."""


def format_value(value: object, unit: str = "", *, reason: str | None = None) -> str:
    """A figure with its unit, as it reads everywhere.

    Args:
        value: number, truth value, text, list of these, or None where nothing was measured.
        unit: ms (shown as the fitting unit of time), USD, share (0 to 1, shown in per cent), time (Unix nanoseconds),
            or a noun in the plural such as tokens; none where empty.
        reason: why nothing was measured, where known.

    Returns:
        Numbers to three significant digits, whole ones in full with thousands separated. A share that is not whole
        never reads as 0 % or 100 %. None and NaN are a dash, with the reason in brackets.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return f"{DASH} ({reason})" if reason else DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _format_number(value, unit)
    if isinstance(value, list | tuple):
        return ", ".join(format_value(item, unit) for item in cast("Sequence[object]", value))
    return str(value)


def format_interval(low: float | None, high: float | None, unit: str = "") -> str:
    """An interval as ``0.71 to 0.85``; a dash where an end is unknown."""
    if low is None or high is None:
        return DASH
    return f"{format_value(low, unit)} to {format_value(high, unit)}"


def format_cell(value: object, column: str, unit: str | None = None) -> str:
    """A figure as it reads in a table, whose heading already names what is counted.

    Args:
        value: see ``format_value``.
        column: name of the column, whose ending tells the unit.
        unit: the unit where the name does not tell.
    """
    unit = column_unit(column) or unit or ""
    shown_as_symbol = unit in _SYMBOLS or unit in _SUFFIXES.values()
    return format_value(value, unit if shown_as_symbol else "")


def format_time(unix_ns: int | None) -> str:
    """A moment to the second, in UTC."""
    if unix_ns is None:
        return DASH
    return datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def column_unit(column: str) -> str:
    """The unit that a column's name ends in; empty where it names none."""
    for suffix, unit in _SUFFIXES.items():
        if column.endswith(suffix):
            return unit
    return ""


def column_units(columns: Sequence[str]) -> dict[str, str]:
    """Units of a frame's columns, where names tell them: the ends of an interval have the unit of their figure.

    Args:
        columns: names; ``retained_low`` stands beside ``retained_share``.

    Returns:
        Column -> unit; columns without one are left out.
    """
    units = {column: column_unit(column) for column in columns}
    for column in columns:
        stem = column.removesuffix("_low").removesuffix("_high")
        if stem != column:
            units[column] = next((units[name] for name in columns if name.startswith(stem) and units[name]), "")
    return {column: unit for column, unit in units.items() if unit}


def _format_number(value: float, unit: str) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    match unit:
        case "ms":
            return _format_duration(value)
        case "USD":
            return _format_money(value)
        case "share":
            return _format_share(value)
        case "time":
            return format_time(int(value))
        case _:
            number = _format_plain(value)
            noun = unit.removesuffix("s") if value == 1 else unit
            return f"{number} {noun}" if noun else number


def _format_plain(value: float) -> str:
    if value == int(value) or abs(value) >= 99.95:
        return f"{round(value):,}"
    if abs(value) < 0.001:
        return f"{value:.2e}"
    # Rounded before the digits are counted, so that 9.999 reads 10.0 and not 10.00.
    digits = 2 - math.floor(math.log10(abs(float(f"{value:.2e}"))))
    return f"{value:.{digits}f}"


def _format_duration(value_ms: float) -> str:
    sign, size = ("-", -value_ms) if value_ms < 0 else ("", value_ms)
    if size < 999.5:
        return f"{sign}{_format_plain(size)} ms"
    if size < 59_950:
        return f"{sign}{_format_plain(size / 1_000)} s"
    whole_s = round(size / 1_000)
    if whole_s < 3_600:
        return f"{sign}{whole_s // 60} min {whole_s % 60:02} s"
    whole_min = round(size / 60_000)
    return f"{sign}{whole_min // 60:,} h {whole_min % 60:02} min"


def _format_money(value_usd: float) -> str:
    sign, size = ("-", -value_usd) if value_usd < 0 else ("", value_usd)
    if size == 0 or size >= 1:
        return f"{sign}${size:,.2f}"
    if size >= 0.01:
        cents, finer = f"{size:.4f}"[:-2], f"{size:.4f}"[-2:].rstrip("0")
        return f"{sign}${cents}{finer}"
    return f"{sign}${size:.{1 - math.floor(math.log10(size))}f}"


def _format_share(value: float) -> str:
    percent = value * 100
    if percent == round(percent):
        return f"{percent:.0f} %"
    if 0 < percent < 100:
        percent = min(max(percent, 0.1), 99.9)
    return f"{percent:.1f} %"
