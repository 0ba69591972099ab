"""Metrics of other packages are found like the bundled ones, and a broken one is named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tierscope.instrumentation.store import Store
from tierscope.metrics import find_metric, load_registry
from tierscope.metrics.testing import RunBuilder, save_runs

AGENT_NAMES = """
import polars as pl
from tierscope.metrics import Metric

def compute_agent_names(invocations):
    return invocations.group_by("agent").agg(n=pl.len().cast(pl.Int64)).sort("agent")

AGENT_NAMES = Metric(
    name="agent_names", title="Names of agents", summary="Which agents ran?", function=compute_agent_names,
    queries=("invocations",), grain=("agent",), value="n", unit="agents", direction="neutral",
    schema={"agent": pl.String, "n": pl.Int64},
)
"""


def _install(folder: Path, entry: str, module: str = AGENT_NAMES) -> Path:
    """A package on a path, with one entry point."""
    (folder / "added.py").write_text(module, encoding="utf-8")
    described = folder / "added-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: added\nVersion: 1.0\n", encoding="utf-8")
    (described / "entry_points.txt").write_text(f"[tierscope.metrics]\n{entry}\n", encoding="utf-8")
    return folder


def _command(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    store = path / "runs.duckdb"
    run = RunBuilder()
    run.agent("root", ms=(0, 10))
    save_runs(Store(store), [run])
    command = [sys.executable, "-m", "tierscope", *arguments, "--store", str(store)]
    return subprocess.run(command, cwd=path, capture_output=True, text=True, timeout=60, env={"PYTHONPATH": str(path)})


def test_metric_of_another_package_is_computed_like_any_other(tmp_path: Path) -> None:
    ended = _command(_install(tmp_path, "agent_names = added:AGENT_NAMES"), "metrics", "agent_names", "--json")
    assert json.loads(ended.stdout) == {"agent_names": [{"agent": "root", "n": 1}]}


@pytest.mark.parametrize(
    ("entry", "module", "said"),
    [
        (
            "agent_names = added:AGENT_NAMES",
            "import nowhere",
            "of package 'added' cannot be loaded (ModuleNotFoundError",
        ),
        ("names = added:AGENT_NAMES", AGENT_NAMES, "'names' of package 'added' is not a metric of that name"),
    ],
)
def test_metric_that_cannot_be_loaded_is_one_line_that_names_its_package(
    tmp_path: Path, entry: str, module: str, said: str
) -> None:
    ended = _command(_install(tmp_path, entry, module), "metrics", entry.partition(" ")[0])
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert said in ended.stderr


def test_package_cannot_replace_a_bundled_metric(tmp_path: Path) -> None:
    ended = _command(_install(tmp_path, "outcomes = added:AGENT_NAMES"), "metrics", "outcomes", "--json")
    assert "failed_share" in json.loads(ended.stdout)["outcomes"][0]


def test_every_name_has_a_metric_of_that_name() -> None:
    assert all(metric.name == name for name, metric in load_registry().items())


def test_asking_for_one_metric_loads_no_other() -> None:
    script = "import sys; from tierscope.metrics import find_metric; find_metric('outcomes'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    others = {f"tierscope.metrics.{name}" for name in load_registry()} - {"tierscope.metrics.outcomes"}
    assert find_metric("outcomes").name == "outcomes"
    assert not others & set(loaded.stdout.split())
