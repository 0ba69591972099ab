"""Which runs a name means."""

from pathlib import Path

import pytest

from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, select_runs
from tierscope.metrics.testing import RunBuilder, save_runs


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Runs ``run-1``, ``run-10`` and ``run-2``; the last bears the first one's id as its label."""
    made = Store(tmp_path / "runs.duckdb")
    runs = [RunBuilder("run-1"), RunBuilder("run-10"), RunBuilder("run-2", label="run-1")]
    for run in runs:
        run.agent("root", ms=(0, 10))
    save_runs(made, runs)
    return made


def test_whole_id_means_that_run_alone(store: Store) -> None:
    assert select_runs(store, RunFilter(runs=("run-1",))) == ["run-1"]


def test_start_of_an_id_means_every_run_that_begins_with_it(store: Store) -> None:
    assert set(select_runs(store, RunFilter(runs=("run-",)))) == {"run-1", "run-10", "run-2"}
