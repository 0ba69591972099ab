"""Growth by tier, by hand."""

import pytest

from tierscope.metrics.spawn_growth import SPAWN_GROWTH
from tierscope.metrics.testing import RunBuilder, measure


def test_each_tier_has_its_agents_growth_and_fan_out(research: RunBuilder) -> None:
    other = RunBuilder("run-2")
    other.agent("root")
    other.agent("macro", "root")
    rows = measure(SPAWN_GROWTH, research, other).to_dicts()
    assert [row["n"] for row in rows] == [2, 3, 4]
    assert [row["runs"] for row in rows] == [2, 2, 1]
    assert [row["agents_per_run"] for row in rows] == [1, 1.5, 4]
    assert [row["growth_ratio"] for row in rows] == [None, 1.5, 2]
    assert [row["mean_fan_out"] for row in rows] == [1.5, 2, None]
    assert [row["max_fan_out"] for row in rows] == [2, 2, None]
    assert [row["storm_agents"] for row in rows] == [0, 0, 0]


def test_agents_of_a_storm_are_counted_on_their_tiers(research: RunBuilder) -> None:
    research.agent("digger", "filing")
    for number in range(4):
        research.agent(f"digger.{number}", "digger")
    rows = measure(SPAWN_GROWTH, research).to_dicts()
    assert [row["storm_agents"] for row in rows] == [0, 0, 0, 1, 4]
    assert rows[4]["growth_ratio"] == pytest.approx(4)
