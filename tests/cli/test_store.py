"""``tierscope store`` as a command: what it prints, what it asks, and with which code it ends."""

import io
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.conftest import FOOTNOTE
from tierscope.cli import main
from tierscope.instrumentation.store import Store


class Ended(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


Call = Callable[..., Ended]


@pytest.fixture
def tierscope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Runs ``tierscope`` with arguments in an empty folder, in this process: starting one takes longer than most do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    def run(*arguments: str, **environment: str) -> Ended:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main(arguments)
        said = capsys.readouterr()
        code = ended.value.code
        return Ended(code if isinstance(code, int) else 0, said.out, said.err)

    return run


def test_commands_on_a_missing_store_say_how_to_make_one_and_make_nothing(tierscope: Call, tmp_path: Path) -> None:
    for command in (["export", "out"], ["compact"], ["copy", "tierscope.duckdb", "b"], ["prune", "--project", "x"]):
        ended = tierscope("store", *command)
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert "there is no span store at" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_prune_needs_a_condition(tierscope: Call, stored: Store) -> None:
    ended = tierscope("store", "prune", "--yes")
    assert ended.returncode == 2
    assert ended.stderr == (
        "tierscope: Nothing says what to prune: give --older-than, --subject, --run, --project or the like.\n"
    )


def test_dry_run_shows_rows_by_table_and_deletes_nothing(tierscope: Call, stored: Store) -> None:
    shown = tierscope("store", "prune", "--older-than", "30d", "--dry-run")
    assert shown.returncode == 0
    assert shown.stdout.startswith(f"To be deleted from {stored.path}: 1 run (1 trace).")
    doomed = json.loads(tierscope("store", "prune", "--older-than", "30d", "--dry-run", "--json").stdout)
    assert (doomed["rows"]["spans"], doomed["rows"]["invocations"], doomed["rows"]["signals"]) == (4, 4, 1)
    assert stored.query("SELECT count(*) FROM spans").item() == 4


def test_prune_asks_nobody_where_there_is_nobody(tierscope: Call, stored: Store) -> None:
    ended = tierscope("store", "prune", "--run", "quarterly")
    assert (ended.returncode, ended.stderr) == (
        2,
        "tierscope: Nothing was deleted, since nobody can be asked here: add --yes.\n",
    )
    assert stored.query("SELECT count(*) FROM spans").item() == 4


def answer_on_a_terminal(folder: Path, answer: str, *arguments: str) -> str:
    """Run a command on a terminal and type an answer; what it printed."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "tierscope", *arguments]
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as asked:
        os.close(theirs)
        os.write(ours, answer.encode())
        printed = asked.communicate(timeout=120)[0].decode()
    os.close(ours)
    return printed


def test_prune_asks_on_a_terminal_and_takes_no_for_an_answer(stored: Store, tmp_path: Path) -> None:
    prune = ["store", "prune", "--run", "quarterly"]
    refused = answer_on_a_terminal(tmp_path, "n\n", *prune)
    assert "Delete them for good? [y/N]" in refused
    assert "Nothing was deleted." in refused
    assert stored.query("SELECT count(*) FROM spans").item() == 4
    assert "Deleted 1 run (1 trace) with " in answer_on_a_terminal(tmp_path, "y\n", *prune)
    assert stored.query("SELECT count(*) FROM spans").item() == 0


def test_erasing_a_subject_empties_the_cache_of_vectors(tierscope: Call, stored: Store, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "vectors.sqlite").write_bytes(b"vectors")
    here = {"TIERSCOPE_CACHE_DIR": str(cache)}
    ended = tierscope("store", "prune", "--subject", "nobody at all", "--yes", **here)
    assert ended.stdout == f"No run in {stored.path} meets these conditions.\n"
    assert (cache / "vectors.sqlite").exists()
    ended = tierscope("store", "prune", "--subject", FOOTNOTE, "--yes", "--json", **here)
    report = json.loads(ended.stdout)
    assert (report["rows"]["spans"], report["vectors_deleted"]) == (4, True)
    assert list(cache.iterdir()) == []


def test_pruned_traces_are_left_out_of_an_import_unless_asked_for(
    tierscope: Call, stored: Store, tmp_path: Path
) -> None:
    assert tierscope("store", "export", "spans.jsonl").stdout == "4 spans in spans.jsonl.\n"
    assert tierscope("store", "prune", "--run", "quarterly", "--yes").returncode == 0
    assert "0 new spans of 1 trace" in (left_out := tierscope("import", "spans.jsonl").stdout)
    assert left_out.endswith("; 4 spans of pruned traces left out (--readmit takes them).\n")
    assert "4 new spans of 1 trace" in tierscope("import", "spans.jsonl", "--readmit").stdout
    assert [run["label"] for run in json.loads(tierscope("runs", "--json").stdout)] == ["quarterly"]


def test_export_copy_merge_and_compact_say_what_they_did(tierscope: Call, stored: Store, tmp_path: Path) -> None:
    shown = tierscope("store", "export", "out", "--project", "none")
    assert shown.returncode == 2
    assert "meets these conditions: nothing was exported" in shown.stderr
    assert tierscope("store", "export", "out", "--run", "quarterly").stdout.endswith(" tables in out.\n")
    assert tierscope("store", "copy", "tierscope.duckdb", "copy.duckdb").stdout == "4 spans in copy.duckdb.\n"
    refused = tierscope("store", "copy", "tierscope.duckdb", "copy.duckdb")
    assert refused.returncode == 2
    assert "exists already, and nothing is written over" in refused.stderr
    merged = tierscope("store", "copy", "tierscope.duckdb", "copy.duckdb", "--merge")
    assert merged.stdout == "0 new spans in copy.duckdb.\n"
    assert "MiB before" in tierscope("store", "compact").stdout


def test_doctor_fails_only_when_asked_to(tierscope: Call, stored: Store) -> None:
    broken = {"OTEL_SDK_DISABLED": "true"}
    ended = tierscope("store", "doctor", **broken)
    assert ended.returncode == 0
    assert "failed  senders    OTEL_SDK_DISABLED is true: no span is recorded\n" in ended.stdout
    assert "         -> unset OTEL_SDK_DISABLED\n" in ended.stdout
    assert tierscope("store", "doctor", "--fail-on", "failed", **broken).returncode == 1
    findings = json.loads(tierscope("store", "doctor", "--json", **broken).stdout)
    assert {"check", "verdict", "finding", "fix"} == findings[0].keys()


def test_doctor_of_a_store_in_order_passes(tierscope: Call, stored: Store) -> None:
    assert tierscope("runs").returncode == 0
    assert tierscope("store", "doctor", "--fail-on", "warning").returncode == 0


def test_info_tells_sizes_counts_and_times(tierscope: Call, stored: Store) -> None:
    facts = json.loads(tierscope("store", "info", "--json").stdout)
    assert facts["bytes_per_span"] == round(facts["database_bytes"] / 4)
    assert (facts["first_span_at"], facts["dropped_spans"]) == ("2023-11-14T22:13:20+00:00", None)
    assert facts["last_arrival_at"] > "2026"
    assert "dropped spans" in tierscope("store", "info").stdout
