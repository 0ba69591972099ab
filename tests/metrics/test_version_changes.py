"""Two versions side by side: a planted change is found, and noise is not called one."""

from dataclasses import replace
from random import Random

import pytest

from tierscope.errors import InputError
from tierscope.instrumentation.runs import InvocationStatus as Status
from tierscope.metrics.outcomes import OUTCOMES
from tierscope.metrics.testing import RunBuilder, measure
from tierscope.metrics.version_changes import VERSION_CHANGES

FACTS = (
    "Inflation in Germany fell to 2.1 percent in October.",
    "The copper smelter in Antofagasta halted for nine weeks.",
    "Payrolls beat every forecast by a wide margin.",
    "Freight insurers doubled premiums across the Bosporus.",
)


def _at(ms: float) -> int:
    return 1_700_000_000_000_000_000 + int(ms * 1_000_000)


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


def test_failed_agents_are_those_that_outcomes_counts() -> None:
    def runs(version: str, status: Status) -> list[RunBuilder]:
        made: list[RunBuilder] = []
        for number in range(2):
            run = RunBuilder(f"{version}-{number}", version=version)
            start = 10_000.0 if version == "v2" else 0.0
            run.agent("root", ms=(start, start + 100))
            run.agent("leaf", "root", status=status)
            run.agent("late", "root", status="running")
            made.append(run)
        return made

    statuses: list[Status] = ["error", "timeout", "cancelled", "abandoned"]
    for status in statuses:
        both = [*runs("v1", "ok"), *runs("v2", status)]
        row = _rows(*both)["failed_agents_share"]
        counted = measure(OUTCOMES, *both, by=("version",)).rows_by_key("version", named=True)
        assert row["candidate_value"] == counted["v2"][0]["failed_share"] == 0.5
        assert row["baseline_value"] == counted["v1"][0]["failed_share"] == 0


def test_single_version_has_nothing_to_compare() -> None:
    assert _rows(*_runs("v1", 3, 1000, kept=3, seed=1)) == {}


def _timed(version: str, start_ms: float, makespan_ms: float) -> RunBuilder:
    run = RunBuilder(f"{version}-{start_ms:g}", version=version)
    run.agent("root", ms=(start_ms, start_ms + makespan_ms), output="Done.")
    return run


def test_runs_since_a_moment_are_compared_with_those_before_whatever_their_version() -> None:
    # Made-up runs begin at 1,700,000,000 s, which is 22:13:20; the moment is ten seconds later.
    early = [_timed(version, at, 100) for version, at in (("v1", 0), ("v2", 5_000), ("v1", 9_999))]
    late = [_timed(version, at, took) for version, at, took in (("v1", 10_000, 60), ("v2", 20_000, 80))]
    row = _rows(*early, *late, split="2023-11-14T22:13:30")["makespan_ms"]
    assert (row["baseline"], row["candidate"]) == ("before 2023-11-14 22:13:30", "since 2023-11-14 22:13:30")
    assert (row["baseline_n"], row["n"]) == (3, 2)
    assert (row["baseline_value"], row["candidate_value"], row["difference"]) == (100, 70, -30)


def test_interval_of_a_difference_is_that_of_the_hand_computed_arms() -> None:
    # Equal runs have no spread; of 60 and 80 resamples spread by 10, and t at one degree of freedom and 99.375 % is
    # 101.856: the mean of 70 may be anything down to 0, and up to 1,088.56.
    runs = [*(_timed("v1", at, 100) for at in (0, 1)), *(_timed("v2", at, 60 + at) for at in (20_000, 20_020))]
    runs[3].invocations[0] = replace(runs[3].invocations[0], started_ns=_at(20_020), ended_ns=_at(20_100))
    runs[2].invocations[0] = replace(runs[2].invocations[0], ended_ns=_at(20_060))
    row = _rows(*runs)["makespan_ms"]
    assert row["level"] == pytest.approx(0.99375)
    assert row["difference"] == -30
    assert row["difference_low"] == pytest.approx(-100)
    assert row["difference_high"] == pytest.approx(-30 + 1_018.56, rel=0.03)
    assert (row["changed"], row["verdict"]) == (False, "neither")


def test_period_without_runs_has_nothing_to_compare() -> None:
    assert _rows(*_runs("v1", 3, 1000, kept=3, seed=1), split="2030-01-01") == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"split": "yesterday"}, "'yesterday' is no time: write 2h, 3d or 2026-01-31T12:00"),
        ({"split": "3d", "baseline": "v1"}, "either two versions .* or two periods"),
    ],
)
def test_split_that_is_no_time_or_stands_beside_versions_is_named(options: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        _rows(*_runs("v1", 2, 1000, kept=3, seed=1), **options)


def test_verdict_that_is_unknown_says_why() -> None:
    rows = _rows(*_runs("v1", 1, 1000, kept=3, seed=1), *_runs("v2", 8, 100, kept=3, seed=2))
    assert rows["makespan_ms"]["unknown_why"] == "runs that have it: 1 of v1 and 8 of v2; an interval takes two of each"
    assert rows["cost_usd"]["unknown_why"] == "runs that have it: 0 of v1 and 0 of v2; an interval takes two of each"
    both = _rows(*_runs("v1", 2, 1000, kept=3, seed=1), *_runs("v2", 2, 100, kept=3, seed=2))
    assert both["makespan_ms"]["unknown_why"] is None


def test_version_that_no_run_has_is_named() -> None:
    with pytest.raises(InputError, match="No run has version 'v9'; there are: v1"):
        _rows(*_runs("v1", 1, 1000, kept=3, seed=1), baseline="v9")
