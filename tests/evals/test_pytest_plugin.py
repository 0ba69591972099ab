"""Suites as tests of pytest, in a pytest of their own."""

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
suite: desk
runs:
  files: [recording.otlp.json]
checks:
  - name: the root answers within an hour
    metric: tier_completion
    column: max_ms
    where: {tier: 0}
    expect: "<= 3600000"
  - name: the root answers at once
    metric: tier_completion
    column: max_ms
    where: {tier: 0}
    expect: "<= 1"
  - name: nobody stands on tier 7
    metric: tier_completion
    column: max_ms
    where: {tier: 7}
    expect: "<= 1"
"""

RECORDING = """{"resourceSpans": [{"scopeSpans": [{"spans": [{
    "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "invoke_agent director",
    "startTimeUnixNano": "1000000000", "endTimeUnixNano": "3000000000",
    "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "invoke_agent"}},
                   {"key": "gen_ai.agent.name", "value": {"stringValue": "director"}}]}]}]}]}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recording.otlp.json").write_text(RECORDING, encoding="utf-8")
    (tmp_path / "desk.tierscope.yaml").write_text(SUITE, encoding="utf-8")
    (tmp_path / "other.yaml").write_text("no: suite", encoding="utf-8")
    return tmp_path


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_check_is_a_test_that_passes_only_where_the_gate_does(folder: Path) -> None:
    ended = run_pytest(folder, "-v")
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout
    assert "desk.tierscope.yaml::the root answers within an hour PASSED" in ended.stdout
    assert "desk.tierscope.yaml::the root answers at once FAILED" in ended.stdout
    assert "tier_completion.max_ms is 2 s at tier 0 (n = 1), expected <= 1 ms." in ended.stdout
    assert "desk.tierscope.yaml::nobody stands on tier 7 FAILED" in ended.stdout
    assert "unjudged: " in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "other.yaml" not in ended.stdout


def test_one_check_can_be_chosen_by_its_name(folder: Path) -> None:
    ended = run_pytest(folder, "-k", "hour")
    assert ended.returncode == pytest.ExitCode.OK
    assert "1 passed, 2 deselected" in ended.stdout


def test_figures_are_compared_with_a_baseline(folder: Path) -> None:
    save = [sys.executable, "-m", "tierscope", "eval", "baseline", "save", "desk.tierscope.yaml", "--out", "kept.json"]
    subprocess.run(save, cwd=folder, check=True)
    ended = run_pytest(folder, "-v", "--tierscope-baseline", "kept.json")
    assert "desk.tierscope.yaml::baseline FAILED" in ended.stdout
    assert "the root answers within an hour, against the baseline: unjudged: " in ended.stdout


def test_broken_suite_is_an_error_that_names_the_line(folder: Path) -> None:
    (folder / "broken.yml").write_text("suite: x\nruns: {files: [a]}\nchecks:\n  - nome: y\n", encoding="utf-8")
    ended = run_pytest(folder, "broken.yml")
    assert ended.returncode == pytest.ExitCode.INTERRUPTED
    assert "broken.yml:4" in ended.stdout


def test_pytest_without_suites_loads_nothing_of_tierscope_but_the_plugin(folder: Path) -> None:
    (folder / "test_it.py").write_text(
        "import sys\ndef test_it(): assert not {'duckdb', 'polars', 'pydantic', 'yaml'} & {*sys.modules}\n",
        encoding="utf-8",
    )
    assert "1 passed" in run_pytest(folder, "test_it.py").stdout
