"""Query results as Arrow tables or rows, in the way that each DuckDB does fast and without a warning."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

import duckdb

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import pyarrow as pa

__all__ = ["fetch_rows", "fetch_table"]

_MAJOR: Final = int(duckdb.__version__.partition(".")[0])


def fetch_table(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[object] | Mapping[str, object] | None = None,
) -> pa.Table:
    """Run one query and fetch all its rows.

    Args:
        connection: an open session.
        sql: one SELECT; values stand in it as ``?`` or ``$name``, a list of texts as ``$name::VARCHAR[]``.
        parameters: the values.

    Returns:
        The rows.
    """
    # DuckDB 2 warns of a copy behind execute(); DuckDB 1 takes ten times as long behind sql() with parameters.
    with _pandas_spared():
        if _MAJOR >= 2:
            return connection.sql(sql, params=_bind(parameters)).to_arrow_table()
        return connection.execute(sql, _bind(parameters)).to_arrow_table()


def fetch_rows(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Sequence[object] | Mapping[str, object] | None = None,
) -> list[dict[str, Any]]:
    """Run one query for few rows; loads neither Arrow nor a frame library.

    Args:
        connection: an open session.
        sql: as for ``fetch_table``.
        parameters: the values.

    Returns:
        One dictionary per row: column -> value.
    """
    with _pandas_spared():
        answer = connection.execute(sql, _bind(parameters))
        columns = [column[0] for column in answer.description or ()]
        return [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]


def _bind(parameters: Sequence[object] | Mapping[str, object] | None) -> list[object] | dict[str, object] | None:
    """Values as DuckDB takes them fastest: a list of texts as one text, which it casts."""
    if parameters is None:
        return None
    if isinstance(parameters, dict):
        named = cast("Mapping[str, object]", parameters)
        return {name: _as_text(value) for name, value in named.items()}
    return [_as_text(value) for value in parameters]


def _as_text(value: object) -> object:
    if not isinstance(value, list):
        return value
    items = cast("list[object]", value)
    if not all(isinstance(item, str) for item in items):
        return items
    quoted = (str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "[" + ",".join(f'"{item}"' for item in quoted) + "]"


@contextmanager
def _pandas_spared() -> Generator[None]:
    """Keep DuckDB from importing pandas.

    It does so at the first value that a query is given, to see whether that is one of pandas' own, which none of ours
    is; the import takes a third of a second, longer than most commands take in all.
    """
    if "pandas" in sys.modules:
        yield
        return
    refusal = _Refusal("pandas", threading.get_ident())
    sys.meta_path.insert(0, refusal)
    try:
        yield
    finally:
        sys.meta_path.remove(refusal)


class _Refusal:
    """Says of one module that it cannot be imported by one thread."""

    def __init__(self, name: str, thread: int) -> None:
        self._name = name
        self._thread = thread

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Refuse the module, and leave every other to the finders that follow."""
        if name == self._name and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(f"{name} is not imported for a query", name=name)
