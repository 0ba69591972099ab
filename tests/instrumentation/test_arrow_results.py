"""Values reach DuckDB as they are, and without pandas."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.instrumentation.arrow_results import fetch_rows, fetch_table


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


# DuckDB ends a text of its own at a zero byte, and takes no lone surrogates.
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ['"', "\\", '\\\\"', "[", "]", ",", "NULL", "null", "'", "{}", " a ", ""]
)


@given(items=st.lists(texts, max_size=6))
def test_list_of_texts_arrives_as_it_was(connection: duckdb.DuckDBPyConnection, items: list[str]) -> None:
    sql = "SELECT $items::VARCHAR[] AS items, $other AS other"
    parameters = {"items": items, "other": 7}
    assert fetch_rows(connection, sql, parameters) == [{"items": items, "other": 7}]
    assert fetch_table(connection, sql, parameters).to_pylist() == [{"items": items, "other": 7}]
    assert fetch_rows(connection, "SELECT ?::VARCHAR[] AS items", [items]) == [{"items": items}]


def test_query_with_values_leaves_pandas_alone_and_whoever_wants_it_gets_it(tmp_path: Path) -> None:
    program = """
import sys
import duckdb
from tierscope.instrumentation.arrow_results import fetch_rows
print(fetch_rows(duckdb.connect(), "SELECT ? + 1 AS sum", [1]), "pandas" in sys.modules)
import pandas
print(fetch_rows(duckdb.connect(), "SELECT ? + 2 AS sum", [1]), pandas.__name__)
"""
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert ended.stdout.splitlines() == ["[{'sum': 2}] False", "[{'sum': 3}] pandas"]
