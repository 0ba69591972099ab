"""Losses and distortions planted in hierarchies of several tiers, judged at every agent above their author."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tierscope.metrics.signal_fates import SIGNAL_FATES
from tierscope.metrics.testing import RunBuilder, measure

GOLDEN = Path(__file__).resolve().parents[2] / "datasets" / "golden" / "hierarchies.yaml"
CASES: list[dict[str, Any]] = yaml.safe_load(GOLDEN.read_text(encoding="utf-8"))
SIGNALS = [signal for case in CASES for agent in case["agents"].values() for signal in agent.get("signals", ())]


@pytest.fixture(autouse=True, scope="module")
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps vectors and scores in a temporary folder instead of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIERSCOPE_CACHE_DIR", str(tmp_path_factory.mktemp("vectors")))
        yield


@pytest.fixture(scope="module")
def fates(own_cache: None) -> dict[tuple[str, str], dict[str, Any]]:
    """What each agent above made of each signal: (signal, agent) -> row of the metric."""
    runs = [_build(case) for case in CASES]
    return {(row["signal"], row["agent"]): row for row in measure(SIGNAL_FATES, *runs).iter_rows(named=True)}


def _build(case: dict[str, Any]) -> RunBuilder:
    run = RunBuilder(case["case"])
    for name, agent in case["agents"].items():
        signals = agent.get("signals", ())
        output = agent.get("output") or "\n".join(signal["text"] for signal in signals)
        run.agent(name, *([agent["parent"]] if "parent" in agent else []), output=output)
        for signal in signals:
            run.signal(name, signal["text"], critical=signal.get("critical", False))
    return run


@pytest.mark.parametrize("signal", SIGNALS, ids=[f"{one['kind']}: {one['text'][:40]}" for one in SIGNALS])
def test_planted_signal_gets_a_readers_verdict_at_every_tier(
    signal: dict[str, Any], fates: dict[tuple[str, str], dict[str, Any]]
) -> None:
    for agent, expected in signal["expect"].items():
        row = fates[signal["text"], agent]
        assert row["verdict"] in ([expected] if isinstance(expected, str) else expected), row
        assert row["lost_at"] == signal.get("lost_at", row["lost_at"])


def test_every_kind_of_change_is_planted_and_a_clean_hierarchy_loses_nothing(
    fates: dict[tuple[str, str], dict[str, Any]],
) -> None:
    verdicts = {verdict for row in fates.values() if (verdict := row["verdict"])}
    assert verdicts == {"retained", "partial", "lost", "distorted"}
    clean = [row["verdict"] for row in fates.values() if row["run_id"].startswith("quarter close")]
    assert clean
    assert set(clean) == {"retained"}
