"""Two versions side by side: a planted change is found, and noise is not called one."""

from random import Random

import pytest

from tierscope.errors import InputError
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.version_changes import VERSION_CHANGES

FACTS = (
    "Inflation in Germany fell to 2.1 percent in October.",
    "The copper smelter in Antofagasta halted for nine weeks.",
    "Payrolls beat every forecast by a wide margin.",
    "Freight insurers doubled premiums across the Bosporus.",
)


def _runs(version: str, count: int, makespan_ms: float, kept: int, seed: int) -> list[RunBuilder]:
    random = Random(seed)
    runs: list[RunBuilder] = []
    for number in range(count):
        run = RunBuilder(f"{version}-{number}", version=version)
        start = 10_000.0 if version == "v2" else 0.0
        run.agent("root", ms=(start, start + makespan_ms * random.uniform(0.9, 1.1)), output=" ".join(FACTS[:kept]))
        run.agent("leaf", "root", output="\n".join(FACTS))
        runs.append(run)
    return runs


def _rows(*runs: RunBuilder, **options: object) -> dict[str, dict[str, object]]:
    return {row["figure"]: row for row in measure(VERSION_CHANGES, *runs, **options).iter_rows(named=True)}


def test_planted_changes_are_found_with_their_direction() -> None:
    rows = _rows(*_runs("v1", 8, 1000, kept=3, seed=1), *_runs("v2", 8, 500, kept=1, seed=2))
    time, retention = rows["makespan_ms"], rows["retained_share"]
    assert (time["baseline"], time["candidate"], time["verdict"]) == ("v1", "v2", "better")
    assert time["difference"] == pytest.approx(-500, rel=0.1)
    assert (retention["baseline_value"], retention["candidate_value"], retention["verdict"]) == (0.75, 0.25, "worse")


def test_noise_is_not_called_a_change() -> None:
    rows = _rows(*_runs("v1", 8, 1000, kept=3, seed=1), *_runs("v2", 8, 1000, kept=3, seed=2))
    assert (rows["makespan_ms"]["changed"], rows["makespan_ms"]["verdict"]) == (False, "neither")


def test_level_is_corrected_for_the_number_of_figures() -> None:
    rows = _rows(*_runs("v1", 2, 1000, kept=3, seed=1), *_runs("v2", 2, 1000, kept=3, seed=2))
    assert rows["makespan_ms"]["level"] == pytest.approx(1 - 0.05 / len(rows))


def test_one_run_on_a_side_is_not_judged() -> None:
    row = _rows(*_runs("v1", 1, 1000, kept=3, seed=1), *_runs("v2", 8, 100, kept=3, seed=2))["makespan_ms"]
    assert (row["baseline_n"], row["n"], row["changed"], row["verdict"]) == (1, 8, None, None)


def test_figure_that_was_not_recorded_has_no_value() -> None:
    row = _rows(*_runs("v1", 2, 1000, kept=3, seed=1), *_runs("v2", 2, 1000, kept=3, seed=2))["cost_usd"]
    assert (row["n"], row["baseline_value"], row["difference"], row["verdict"]) == (0, None, None, None)


def test_single_version_has_nothing_to_compare() -> None:
    assert _rows(*_runs("v1", 3, 1000, kept=3, seed=1)) == {}


def test_version_that_no_run_has_is_named() -> None:
    with pytest.raises(InputError, match="No run has version 'v9'; there are: v1"):
        _rows(*_runs("v1", 1, 1000, kept=3, seed=1), baseline="v9")
