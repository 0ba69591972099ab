"""Exports: complete, counted and hashed, there whole or not at all, and OTLP comes back as the same spans."""

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tests.instrumentation.making import START_NS, make_span
from tierscope.errors import InputError
from tierscope.instrumentation.columns import spans_from_table, table_from_spans
from tierscope.instrumentation.importers import import_paths
from tierscope.instrumentation.otlp import load_spans
from tierscope.instrumentation.spans import Attributes, Span, SpanEvent, SpanLink
from tierscope.instrumentation.store import Store
from tierscope.instrumentation.upkeep import pages
from tierscope.instrumentation.upkeep.otlp_export import export_otlp
from tierscope.instrumentation.upkeep.otlp_lines import render_line
from tierscope.instrumentation.upkeep.parquet_export import MANIFEST, export_parquet

ROOT = Path(__file__).resolve().parents[3]
OWN = sorted((ROOT / "tests/instrumentation/tiers/recordings").glob("*.otlp.json.gz"))
SHARED = sorted(path for path in (ROOT / "../shared/traces").rglob("*.json*") if path.is_file())


def through_store_and_file(spans: list[Span], file: Path) -> tuple[list[Span], list[Span]]:
    """Spans as a store holds them, and as they are read back from what is exported of them."""
    stored = list(spans_from_table(table_from_spans(spans)))
    file.write_bytes(render_line(stored))
    return stored, load_spans(file)


def list_readable(paths: list[Path]) -> Iterator[list[Span]]:
    for path in paths:
        try:
            yield load_spans(path)
        except InputError:
            continue


def test_every_own_recording_comes_back_as_the_same_spans(tmp_path: Path) -> None:
    read = list(list_readable(OWN))
    assert len(read) > 50
    for spans in read:
        stored, back = through_store_and_file(spans, tmp_path / "spans.jsonl")
        assert back == stored


def test_every_shared_recording_comes_back_as_the_same_spans(tmp_path: Path) -> None:
    if not SHARED:
        pytest.skip("the shared recordings are not here")
    read = list(list_readable(SHARED))
    assert read
    for spans in read:
        stored, back = through_store_and_file(spans, tmp_path / "spans.jsonl")
        assert back == stored


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(attributes=st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_any_attributes_come_back(tmp_path_factory: pytest.TempPathFactory, attributes: Attributes) -> None:
    span = make_span(
        attributes=attributes,
        events=(SpanEvent("said", START_NS, attributes),),
        links=(SpanLink("f" * 32, "e" * 16, attributes),),
        resource=attributes,
        status="error",
        status_message="no\nway",
    )
    stored, back = through_store_and_file([span], tmp_path_factory.getbasetemp() / "any.jsonl")
    assert back == stored


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with some own recordings."""
    store = Store(tmp_path_factory.mktemp("recorded") / "spans.duckdb")
    import_paths(OWN[::6], store)
    return store


def run_tables(store: Store) -> dict[str, pl.DataFrame]:
    return {table: store.query(f"SELECT * FROM {table} ORDER BY ALL") for table in pages.list_run_tables(store)}


@pytest.mark.parametrize("name", ["spans.jsonl", "spans.jsonl.gz"])
def test_exported_otlp_imports_back_to_the_same_runs(recorded: Store, tmp_path: Path, name: str) -> None:
    spans = recorded.query("SELECT count(*) FROM spans").item()
    assert export_otlp(recorded, tmp_path / name) == spans
    again = Store(tmp_path / "again.duckdb")
    assert import_paths([tmp_path / name], again).new_spans == spans
    before, after = run_tables(recorded), run_tables(again)
    assert before["invocations"].height > 20
    assert before.keys() == after.keys()
    for table, rows in before.items():
        assert_frame_equal(rows, after[table])


def test_tree_of_a_run_is_the_same_from_the_exported_file(recorded: Store, tmp_path: Path) -> None:
    run_id = recorded.query("SELECT run_id FROM runs ORDER BY agents DESC LIMIT 1").item()
    export_otlp(recorded, tmp_path / "one.jsonl", [run_id])
    trees = [
        subprocess.run(
            [sys.executable, "-m", "tierscope", "tree", source, "--json", "--store", str(recorded.path)],
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for source in (run_id, str(tmp_path / "one.jsonl"))
    ]
    assert len(json.loads(trees[0])[0]["agents"]) > 2
    assert trees[0] == trees[1]


def test_parquet_has_every_row_and_a_manifest_that_holds(recorded: Store, tmp_path: Path) -> None:
    exported = export_parquet(recorded, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert {table["table"] for table in manifest["tables"]} >= {"spans", "runs", "invocations", "model_calls"}
    assert manifest["schema"] == len(manifest["migrations"])
    assert len(exported) == len(manifest["tables"]) == len(list((tmp_path / "out").glob("*.parquet")))
    for table in manifest["tables"]:
        file = tmp_path / "out" / table["file"]
        frame = pl.read_parquet(file)
        assert frame.height == table["rows"] == recorded.query(f"SELECT count(*) FROM {table['table']}").item()
        assert hashlib.sha256(file.read_bytes()).hexdigest() == table["sha256"]
        assert file.stat().st_size == table["bytes"]
    spans = recorded.query("SELECT * FROM spans ORDER BY trace_id, span_id")
    assert_frame_equal(pl.read_parquet(tmp_path / "out/spans.parquet").sort("trace_id", "span_id"), spans)


def test_only_the_chosen_runs_are_exported(recorded: Store, tmp_path: Path) -> None:
    [run_id] = recorded.query("SELECT run_id FROM runs ORDER BY run_id LIMIT 1")["run_id"]
    exported = {table.table: table for table in export_parquet(recorded, tmp_path / "out", [run_id])}
    assert exported["runs"].rows == 1
    assert set(pl.read_parquet(tmp_path / "out/invocations.parquet")["run_id"]) <= {run_id}
    expected = "SELECT count(*) FROM spans WHERE trace_id IN (SELECT trace_id FROM trace_runs WHERE run_id = ?)"
    assert exported["spans"].rows == recorded.query(expected, [run_id]).item() > 0
    assert export_otlp(recorded, tmp_path / "one.jsonl", [run_id]) == exported["spans"].rows


def test_small_pages_hold_every_span_once(recorded: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "PAGE_ROWS", 60)
    read = list(pages.read_span_pages(recorded, None))
    keys = [
        key for page in read for key in zip(*(page[name].to_pylist() for name in ("trace_id", "span_id")), strict=True)
    ]
    assert len(read) > 5
    assert len(keys) == len(set(keys)) == recorded.query("SELECT count(*) FROM spans").item()
    invocations = [row for page in pages.read_run_pages(recorded, "invocations", None) for row in page.to_pylist()]
    assert len(invocations) == recorded.query("SELECT count(*) FROM invocations").item()


def test_existing_target_is_refused_and_left_alone(recorded: Store, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out.jsonl").write_text("mine")
    with pytest.raises(InputError, match=r"out exists already, and nothing is written over: name another place"):
        export_parquet(recorded, tmp_path / "out")
    with pytest.raises(InputError, match="exists already"):
        export_otlp(recorded, tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == "mine"


def test_nothing_to_export_is_said_and_leaves_nothing(recorded: Store, store: Store, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run in .* meets these conditions: nothing was exported"):
        export_otlp(recorded, tmp_path / "out.jsonl", [])
    store.append([make_span()])
    store.drain()
    with store.database.write() as connection:
        connection.execute("DELETE FROM spans")
    with pytest.raises(InputError, match=r"holds no spans: nothing was exported"):
        export_parquet(store, tmp_path / "out")
    assert not any("out" in path.name for path in tmp_path.iterdir())


def test_place_that_cannot_be_written_is_named(recorded: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written \(.*\): name another place"):
        export_otlp(recorded, tmp_path / "file" / "out.jsonl")


SLOW_EXPORT = """
import sys, time
from pathlib import Path
from tierscope.cli import main
from tierscope.instrumentation.upkeep import pages
pages.PAGE_ROWS = 1
read = pages.read_span_pages
def slowly(store, trace_ids):
    for page in read(store, trace_ids):
        yield page
        time.sleep(0.05)
from tierscope.instrumentation.upkeep import otlp_export, parquet_export
otlp_export.read_span_pages = parquet_export.read_span_pages = slowly
main(["store", "export", sys.argv[1], "--store", sys.argv[2]])
"""


@pytest.mark.parametrize("name", ["out", "out.jsonl"])
def test_interrupted_export_leaves_nothing(recorded: Store, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    command = [sys.executable, "-c", SLOW_EXPORT, str(folder / name), str(recorded.path)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as export:
        deadline = time.monotonic() + 60
        while not list(folder.iterdir()):
            assert export.poll() is None, export.stderr and export.stderr.read()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(export.pid, signal.SIGINT)
        assert export.wait(60) != 0
    assert list(folder.iterdir()) == []


def test_packed_export_is_gzip(recorded: Store, tmp_path: Path) -> None:
    export_otlp(recorded, tmp_path / "spans.jsonl.gz")
    with gzip.open(tmp_path / "spans.jsonl.gz") as file:
        assert "resourceSpans" in json.loads(file.readline())
