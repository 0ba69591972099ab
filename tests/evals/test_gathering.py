"""Runs for a suite: recorded by a real process, read from files, or found in a store."""

import os
import re
import shlex
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.evals.recordings import RECORDING_PROGRAM, save_hierarchies
from tests.instrumentation.tiers.making import agent, spans
from tierscope.errors import InputError, NotEnoughDataError, UnreadableFileError
from tierscope.evals.gathering import gather_runs
from tierscope.evals.suite import RunSource, StoredRuns
from tierscope.instrumentation.store import Store
from tierscope.metrics import compute


@pytest.fixture
def program(tmp_path: Path) -> list[str]:
    """Command that records one run with two leaves."""
    (tmp_path / "program.py").write_text(RECORDING_PROGRAM, encoding="utf-8")
    return ["python", "program.py", "first", "second"]


def test_command_records_into_a_temporary_store_that_is_removed(tmp_path: Path, program: list[str]) -> None:
    steps: list[tuple[int, int]] = []
    source = RunSource(command=tuple(program), repetitions=2)
    with gather_runs(source, tmp_path, lambda done, total: steps.append((done, total))) as gathered:
        assert len(gathered.run_ids) == 2
        assert compute("spawn_depth", gathered.store)["n"].to_list() == [3, 3]
        folder = gathered.store.path.parent
    assert steps == [(1, 2), (2, 2)]
    assert not folder.exists()


def test_only_new_runs_of_a_kept_store_are_judged(tmp_path: Path, program: list[str]) -> None:
    source = RunSource(command=shlex.join(program), store="kept.duckdb")
    with gather_runs(source, tmp_path) as first:
        before = first.run_ids
    with gather_runs(source, tmp_path) as second:
        assert len(second.run_ids) == 1
        assert set(second.run_ids).isdisjoint(before)


def test_failing_command_is_named_with_its_exit_code_and_last_words(tmp_path: Path) -> None:
    source = RunSource(command=("python", "-c", "import sys; print('no key'); sys.exit(7)"))
    with pytest.raises(InputError, match=r"ended with exit code 7: no key$"), gather_runs(source, tmp_path):
        pass


def test_command_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(InputError, match=r"`no-such-program` cannot be started in .*: No such file or directory"),
        gather_runs(RunSource(command="no-such-program"), tmp_path),
    ):
        pass


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ('echo "unclosed', "cannot be read (No closing quotation): mend its quotes."),
        (" ", "The command is empty: name a program, and its arguments."),
        (("echo", "a\0b"), "cannot be started: embedded null byte."),
    ],
)
def test_command_that_is_none_is_a_mistake(command: str | tuple[str, ...], says: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=re.escape(says)), gather_runs(RunSource(command=command), tmp_path):
        pass


def test_late_command_is_stopped_with_everything_it_started(tmp_path: Path) -> None:
    child = f"{shlex.quote(sys.executable)} -c 'import os, time; print(os.getpid(), flush=True); time.sleep(600)'"
    source = RunSource(command=("sh", "-c", f"{child} > pid & wait"), timeout_s=2)
    with (
        pytest.raises(InputError, match=r"was not done after 2 s; mend it, or raise runs\.timeout_s"),
        gather_runs(source, tmp_path),
    ):
        pass
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]:
        assert time.monotonic() < deadline, "the command's child went on running"
        os.sched_yield()


def test_command_that_records_nothing_is_too_little_data(tmp_path: Path) -> None:
    with (
        pytest.raises(NotEnoughDataError, match=r"recorded no run: .* TIERSCOPE_STORE"),
        gather_runs(RunSource(command=("python", "-c", "")), tmp_path),
    ):
        pass


def test_files_are_imported_by_pattern(tmp_path: Path, shared: Path) -> None:
    source = RunSource(files=(str(shared / "traces/frameworks/pydantic_ai_v*.otlp.json"),))
    with gather_runs(source, tmp_path) as gathered:
        assert len(gathered.run_ids) >= 2


def test_pattern_without_a_file_and_a_broken_file_are_named(tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text('{"resourceSpans": [', encoding="utf-8")
    with (
        pytest.raises(UnreadableFileError, match=r"No file matches .*none-\*\.json"),
        gather_runs(RunSource(files=("none-*.json",)), tmp_path),
    ):
        pass
    with (
        pytest.raises(UnreadableFileError, match=r"broken\.json"),
        gather_runs(RunSource(files=("broken.json",)), tmp_path),
    ):
        pass


def test_stored_runs_are_found_by_filter_from_the_folder_of_the_suite(tmp_path: Path) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100, 200, 300])
    (tmp_path / "suites").mkdir()
    source = RunSource(stored=StoredRuns(runs=("run-1",)), store="runs.duckdb", folder="..")
    with gather_runs(source, tmp_path / "suites") as gathered:
        assert gathered.run_ids == ("run-1",)


@pytest.mark.parametrize(
    ("stored", "agents"),
    [
        (StoredRuns(domain="macro"), ["one"]),
        (StoredRuns(attributes={"service.name": "desk"}), ["one", "two"]),
        (StoredRuns(attributes={"service.name": "desk", "tenant": "b"}), ["two"]),
    ],
)
def test_stored_runs_are_found_by_domain_and_attribute(tmp_path: Path, stored: StoredRuns, agents: list[str]) -> None:
    store = Store(tmp_path / "runs.duckdb")
    for number, (name, domain) in enumerate([("one", "macro"), ("two", "micro")]):
        facts = {"tenant": "ab"[number], "tierscope.domain": domain}
        made = spans(agent(name, attributes=facts), trace=number + 1, start=number * 50)
        store.append([replace(span, resource={"service.name": "desk"}) for span in made])
    with gather_runs(RunSource(stored=stored, store="runs.duckdb"), tmp_path) as gathered:
        found = store.query("SELECT run_id, root_agent FROM runs ORDER BY root_agent")
        assert found.filter(found["run_id"].is_in(gathered.run_ids))["root_agent"].to_list() == agents


def test_filter_that_lets_no_run_through_is_too_little_data(tmp_path: Path) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100])
    source = RunSource(stored=StoredRuns(project="another"), store="runs.duckdb")
    with pytest.raises(NotEnoughDataError, match="is as asked"), gather_runs(source, tmp_path):
        pass
