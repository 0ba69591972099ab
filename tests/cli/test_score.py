"""``tierscope score``: rows in, rows out, and what happens to bad ones."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Command


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """Two good rows around a line that is no JSON and one whose unit is a number."""
    path = tmp_path / "pairs.jsonl"
    path.write_text(
        '{"unit": "Rates rose by 2%.", "summary": "The bank said that rates rose by 2%.", "id": 7}\n'
        "not json\n"
        '{"unit": 3, "summary": "x"}\n'
        '{"unit": "Nobody resigned.", "summary": ""}\n',
        encoding="utf-8",
    )
    return path


def test_good_rows_are_scored_and_bad_ones_named_by_line(tierscope: Command, pairs: Path) -> None:
    ended = tierscope("score", "retention", str(pairs), "--scorer", "lexical")
    assert ended.returncode == 2
    first, second = map(json.loads, ended.stdout.splitlines())
    assert (first["id"], first["verdict"], first["evidence"]) == (7, "retained", "The bank said that rates rose by 2%.")
    assert (second["score"], second["verdict"], second["reasons"]) == (0.0, "lost", ["the summary has no words"])
    assert "skipped line 2: not JSON" in ended.stderr
    assert "skipped line 3: 'unit' is not a text" in ended.stderr
    assert ended.stderr.splitlines()[-1].startswith("tierscope: 2 rows were skipped, all others are scored")


def test_default_scorer_writes_a_file(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"unit": "Rates rose by 2%.", "summary": "Rates were up 2%."}\n')
    ended = tierscope("score", "retention", "in.jsonl", "--out", "out.jsonl", TIERSCOPE_CACHE_DIR=str(tmp_path))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    row = json.loads((tmp_path / "out.jsonl").read_text())
    assert (row["verdict"], row["scorer"]) == ("retained", "calibrated")


def test_distortion_names_the_words(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"original": "Margin was 20.6%.", "edited": "Margin was 20.5%.", "id": 1}\n')
    ended = tierscope("score", "distortion", "in.jsonl")
    row = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert (row["id"], row["verdict"], row["reasons"]) == (1, "distorted", ["number changed: 20.6% -> 20.5%"])


def test_calibrate_compares_with_labels(tierscope: Command, tmp_path: Path) -> None:
    rows = [
        {"unit": "Rates rose.", "summary": "Rates rose again.", "human_label": 1},
        {"unit": "Rates rose.", "summary": "Nobody resigned.", "human_label": 0},
    ]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = json.loads(tierscope("score", "calibrate", "in.jsonl", "--scorer", "lexical").stdout)
    assert (report["scorer"], report["n"], report["auc"], report["balanced_accuracy"]) == ("lexical", 2, 1.0, 1.0)


def test_missing_file_and_unknown_scorer_are_one_line(tierscope: Command, pairs: Path) -> None:
    missing = tierscope("score", "distortion", "none.jsonl")
    assert (missing.returncode, missing.stdout) == (2, "")
    assert missing.stderr.startswith("tierscope: none.jsonl cannot be read (No such file or directory)")
    unknown = tierscope("score", "retention", str(pairs), "--scorer", "best")
    assert (unknown.returncode, len(unknown.stderr.splitlines())) == (2, 1)


def test_text_that_no_encoding_can_write_is_written_with_escapes(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"unit": "half \\ud800 of it rose", "summary": "Zürich rose. \\u0000"}\n')
    ended = tierscope("score", "retention", "in.jsonl", "--scorer", "lexical")
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["unit"] == "half \ud800 of it rose"
    ascii_only = tierscope("score", "retention", "in.jsonl", "--scorer", "lexical", PYTHONIOENCODING="ascii")
    assert json.loads(ascii_only.stdout)["summary"].startswith("Zürich")


def test_input_is_never_written_over(tierscope: Command, pairs: Path) -> None:
    before = pairs.read_bytes()
    ended = tierscope("score", "retention", str(pairs), "--scorer", "lexical", "--out", str(pairs))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "cannot be read and written at once: choose another file for --out." in ended.stderr
    assert pairs.read_bytes() == before


def test_one_skipped_row_is_one_row(tierscope: Command, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text("not json\n")
    assert (
        tierscope("score", "distortion", "in.jsonl").stderr.splitlines()[-1].startswith("tierscope: 1 row was skipped")
    )
