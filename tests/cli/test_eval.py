"""``tierscope eval`` as a process: exit codes, files written, and errors of one line."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.evals.recordings import save_hierarchies

TierscopeEval = Callable[..., subprocess.CompletedProcess[str]]
SUITE = """\
suite: hierarchy
runs:
  stored: {}
  store: runs.duckdb
checks:
  - name: pace
    metric: tier_completion
    column: max_ms
    where: {tier: 2}
    expect: "<= 250"
"""


@pytest.fixture
def tierscope_eval(tmp_path: Path) -> TierscopeEval:
    """Runs the command in the test's folder."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "tierscope", "eval", *arguments]
        environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1"}
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize(
    ("slowest_ms", "exit_code", "says"),
    [(250, 0, "Passed (exit code 0)"), (251, 1, "Failed (exit code 1)")],
)
def test_exit_code_is_the_verdict_in_every_report(
    tmp_path: Path, tierscope_eval: TierscopeEval, slowest_ms: float, exit_code: int, says: str
) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100, slowest_ms])
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    done = tierscope_eval("run", "suite.yaml", "--junit", "out/junit.xml", "--markdown", "summary.md")
    assert done.returncode == exit_code, done.stderr
    assert says in done.stdout
    junit = ElementTree.parse(tmp_path / "out/junit.xml").getroot()
    assert int(junit.get("failures", "")) == exit_code
    assert ("failed" in (tmp_path / "summary.md").read_text(encoding="utf-8")) == bool(exit_code)
    as_json = tierscope_eval("run", "suite.yaml", "--json")
    assert as_json.returncode == json.loads(as_json.stdout)["exit_code"] == exit_code


def test_too_little_data_is_exit_code_3(tmp_path: Path, tierscope_eval: TierscopeEval) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100])
    (tmp_path / "suite.yaml").write_text(SUITE.replace("tier: 2", "tier: 7"), encoding="utf-8")
    done = tierscope_eval("run", "suite.yaml")
    assert done.returncode == 3
    assert "no row of tier_completion has tier 7: tier is 0, 1, 2." in done.stdout


def test_mistake_in_a_suite_is_one_line_and_exit_code_2(tmp_path: Path, tierscope_eval: TierscopeEval) -> None:
    (tmp_path / "suite.yaml").write_text(SUITE.replace("max_ms", "maxms"), encoding="utf-8")
    done = tierscope_eval("run", "suite.yaml")
    assert done.returncode == 2
    assert done.stderr.startswith("tierscope: suite.yaml:8: checks[0].column: metric 'tier_completion' has no column")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_baseline_is_saved_shown_and_gates_a_slower_system(tmp_path: Path, tierscope_eval: TierscopeEval) -> None:
    save_hierarchies(tmp_path / "runs.duckdb", [100, 102, 98, 101, 99])
    save_hierarchies(tmp_path / "slow.duckdb", [200, 202, 198, 201, 199])
    (tmp_path / "suite.yaml").write_text(SUITE, encoding="utf-8")
    saved = tierscope_eval("baseline", "save", "suite.yaml")
    assert "Wrote 1 figures over n = 5 runs to suite.baseline.json." in saved.stdout
    assert "102 ms" in tierscope_eval("baseline", "show", "suite.baseline.json").stdout
    same = tierscope_eval("run", "suite.yaml", "--baseline", "suite.baseline.json")
    assert same.returncode == 0, same.stdout
    slower = tierscope_eval("run", "suite.yaml", "--baseline", "suite.baseline.json", "--store", "slow.duckdb")
    assert slower.returncode == 1
    assert "pace, against the baseline" in slower.stdout
    assert "mean over runs +100 ms" in slower.stdout
    tierscope_eval("baseline", "save", "suite.yaml", "--store", "slow.duckdb", "--out", "slow.json")
    assert tierscope_eval("baseline", "compare", "suite.baseline.json", "slow.json").returncode == 1
    assert tierscope_eval("baseline", "compare", "slow.json", "suite.baseline.json").returncode == 0


def test_file_that_is_no_baseline_is_refused(tmp_path: Path, tierscope_eval: TierscopeEval) -> None:
    (tmp_path / "b.json").write_text("{}", encoding="utf-8")
    done = tierscope_eval("baseline", "show", "b.json")
    assert done.returncode == 2
    assert "b.json is no baseline of this version: suite: Field required" in done.stderr


def test_init_writes_a_suite_that_loads_and_never_overwrites(tmp_path: Path, tierscope_eval: TierscopeEval) -> None:
    assert tierscope_eval("init", "new/suite.yaml").returncode == 0
    from tierscope.evals import load_suite

    assert len(load_suite(tmp_path / "new/suite.yaml").checks) == 3
    again = tierscope_eval("init", "new/suite.yaml")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


def test_schema_describes_every_key(tierscope_eval: TierscopeEval) -> None:
    schema = json.loads(tierscope_eval("schema").stdout)
    assert schema["required"] == ["suite", "runs", "checks"]
    assert set(schema["properties"]) == {"suite", "description", "runs", "min_runs", "checks"}
    assert all("description" in one for one in schema["$defs"]["Check"]["properties"].values())
