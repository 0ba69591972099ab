"""``tierscope demo``: recorded, measured and summarised."""

import json

from tests.cli.conftest import Command


def test_demo_records_a_run_and_summarises_it(tierscope: Command) -> None:
    ended = tierscope("demo", "--no-serve")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "of simulated time" in ended.stdout
    assert "Tier completion time" in ended.stdout
    (run,) = json.loads(tierscope("runs", "--json").stdout)
    assert (run["label"], run["agents"], run["max_depth"], run["status"]) == ("baseline", 19, 2, "ok")


def test_unknown_scenario_lists_those_there_are(tierscope: Command) -> None:
    ended = tierscope("demo", "stampede", "--no-serve")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "stampede" in ended.stderr
    assert "bottleneck" in ended.stderr


def test_scenarios_are_listed(tierscope: Command) -> None:
    shown = tierscope("demo", "--list").stdout
    for name in ("baseline", "bottleneck", "compression", "spawn-storm", "silent-failure"):
        assert name in shown
