"""``tierscope import``, as a person or a program calls it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.instrumentation.making import make_span
from tierscope.instrumentation.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for report in ("1_analysts/market", "2_research/manager"):
        file = tmp_path / "reports/XYZ_20260131_174032_cf1b107" / f"{report}.md"
        file.parent.mkdir(parents=True)
        file.write_text(report)
    return tmp_path / "reports"


def _import(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tierscope", "import", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_import_says_what_was_new_and_what_was_there(reports: Path, tmp_path: Path) -> None:
    first = _import(tmp_path, "reports", "--store", "s.duckdb")
    assert first.stdout == f"2 new spans of 1 trace in {tmp_path}/s.duckdb, read from 1 file or folder.\n"
    assert (first.returncode, first.stderr) == (0, "")
    second = _import(tmp_path, "reports", "--store", "s.duckdb")
    assert second.stdout.startswith("0 new spans of 1 trace")
    assert second.stdout.endswith("2 spans stored before.\n")


def test_what_cannot_be_read_is_one_line_each_and_exit_code_2(reports: Path, tmp_path: Path) -> None:
    (tmp_path / "cut.json").write_text('{"resourceSpans": [')
    ended = _import(tmp_path, "missing", "cut.json", "reports", "--store", "s.duckdb")
    assert ended.returncode == 2
    missing, cut = ended.stderr.splitlines()
    assert missing == "tierscope: missing: there is no such file or folder."
    assert cut.startswith("tierscope: cut.json cannot be read as OTLP: line 1, column")
    assert ended.stdout.endswith("read from 1 file or folder; 2 skipped.\n")


def test_json_has_every_figure(reports: Path, tmp_path: Path) -> None:
    ended = _import(tmp_path, "reports", "missing", "--json", "--store", "s.duckdb")
    assert ended.returncode == 2
    assert json.loads(ended.stdout) == {
        "store": f"{tmp_path}/s.duckdb",
        "sources": 1,
        "traces": 1,
        "spans": 2,
        "new_spans": 2,
        "pruned_spans": 0,
        "ignored": 0,
        "skipped": [{"path": "missing", "reason": "missing: there is no such file or folder."}],
    }


def test_json_can_name_a_file_whose_name_is_no_text(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.json")).write_text('{"resourceSpans": [')
    ended = _import(tmp_path, str(tmp_path), "--json", "--store", "s.duckdb")
    assert json.loads(ended.stdout)["skipped"][0]["path"] == f"{tmp_path}/caf\ufffd.json"


def test_file_whose_name_is_no_text_can_be_named_where_a_store_is(tmp_path: Path) -> None:
    Store(tmp_path / "s.duckdb").append([make_span()])
    ended = _import(tmp_path, os.fsdecode(b"caf\xe9.json"), "--store", "s.duckdb")
    assert (ended.returncode, ended.stderr) == (2, "tierscope: caf .json: there is no such file or folder.\n")


def test_folder_with_nothing_to_import_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/notes.md").touch()
    ended = _import(tmp_path, "in", "--store", "s.duckdb")
    assert (ended.returncode, ended.stdout) == (0, "Nothing to import: 1 other file ignored.\n")
    assert not (tmp_path / "s.duckdb").exists()
