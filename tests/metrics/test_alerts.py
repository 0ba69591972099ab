"""Integrity alerts: each kind by hand, in the sentence that people read."""

from tierscope.metrics.alerts import ALERTS
from tierscope.metrics.testing import RunBuilder, measure

WARNING = "CRITICAL: the auditor found that revenue is overstated by 14 percent."


def _alerts(*runs: RunBuilder, spawn_limit: int | None = None) -> dict[str, dict[str, object]]:
    frame = measure(ALERTS, *runs, spawn_limit=spawn_limit)
    return {row["alert"]: row for row in frame.iter_rows(named=True)}


def _critical(domain: str, root: str) -> RunBuilder:
    run = RunBuilder(label="AAPL")
    run.agent("root", output=root)
    run.agent("company", "root", output=domain)
    run.agent("filing", "company", output=WARNING)
    run.signal("filing", WARNING, critical=True)
    return run


def test_sound_run_raises_nothing(research: RunBuilder) -> None:
    assert _alerts(research) == {}


def test_critical_signal_that_the_root_lacks_is_an_alert() -> None:
    (alert,) = _alerts(_critical(domain=WARNING, root="Buy.")).values()
    assert alert == {
        "run_id": "run-1",
        "label": "AAPL",
        "alert": "critical_signal_lost",
        "severity": "alert",
        "n": 1,
        "text": f"1 of 1 critical signal did not reach the root: '{WARNING}'"
        " came from 'filing' and was lost at 'root'.",
        "evidence": ["run-1:filing"],
    }


def test_critical_signal_in_other_words_at_the_root_is_an_alert() -> None:
    found = _alerts(_critical(domain=WARNING, root="The auditor found revenue overstated by 14 percent."))
    assert list(found) == ["critical_signal_rephrased"]


def test_critical_signal_past_a_tier_but_verbatim_at_the_root_is_none() -> None:
    assert _alerts(_critical(domain="Fine.", root=f"Brief. {WARNING}")) == {}


def test_critical_signal_that_the_orchestrator_could_not_verify_is_an_alert(research: RunBuilder) -> None:
    research.check("root", WARNING, verified=False)
    research.check("root", "other", verified=True)
    alert = _alerts(research)["critical_signal_unverified"]
    assert alert["text"] == (
        f"The orchestrator could not verify 1 of 2 critical signals verbatim in an output: '{WARNING}'."
    )


def test_breach_of_a_recorded_limit_is_an_alert_and_of_the_assumed_one_advice() -> None:
    run = RunBuilder(spawn_limit=1)
    run.agent("root")
    run.agent("macro", "root")
    run.agent("gdp", "macro")
    alert = _alerts(run)["depth_breach"]
    assert alert["text"] == (
        "Agents were spawned down to tier 2, past the recorded limit of 1: 1 of 3 agents are deeper than it."
    )
    assert alert["evidence"] == ["run-1:gdp"]
    run.spawn_limit = None
    run.agent("deeper", "gdp")
    run.agent("deepest", "deeper")
    assert [(kind, row["severity"]) for kind, row in _alerts(run).items()] == [("depth_over_assumed_limit", "advice")]


def test_refused_spawns_are_advice(research: RunBuilder) -> None:
    research.refusal("filing", "footnote", 3)
    assert _alerts(research)["spawn_refused"]["text"] == (
        "1 attempt to spawn past the limit was refused, such as 'footnote'."
    )


def test_alerts_of_a_run_come_before_its_advice(research: RunBuilder) -> None:
    research.refusal("filing", "footnote", 3)
    research.gap("root", "late")
    assert list(_alerts(research)) == ["failure_token", "spawn_refused"]


def test_failure_token_is_an_alert_and_covers_the_failed_member(research: RunBuilder) -> None:
    research.agent("late", "root", status="timeout")
    research.gap("root", "late", partial="half")
    assert [row["text"] for row in _alerts(research).values()] == [
        "1 member ended in a failure token: 'root' went on without 'late' (timeout, partial results attached)."
    ]


def test_failed_agent_without_a_failure_token_is_an_alert(research: RunBuilder) -> None:
    research.agent("broken", "macro", status="error")
    research.agent("lost", "macro", status="abandoned")
    found = _alerts(research)
    assert found["failed_agent"]["text"] == (
        "1 agent failed unflagged: 'broken' ended with error, and 'macro' above it recorded no failure token."
    )
    assert found["abandoned_agent"]["evidence"] == ["run-1:lost"]


def test_orphans_are_advice(research: RunBuilder) -> None:
    research.agent("stray", orphan=True)
    alert = _alerts(research)["orphan_agents"]
    assert (alert["severity"], alert["n"]) == ("advice", 1)
    assert alert["text"] == ("1 of 8 agents have no known parent, such as 'stray': figures by tier leave them out.")


def test_growth_far_below_the_siblings_is_a_storm(research: RunBuilder) -> None:
    research.spawn_limit = 9
    research.agent("digger", "filing")
    for name in "abc":
        research.agent(name, "digger")
        research.agent(f"{name}-1", name)
        research.agent(f"{name}-2", name)
    alert = _alerts(research)["spawn_storm"]
    assert alert["n"] == 10
    assert alert["text"] == (
        "Below 'company' 10 agents run on tiers 3 to 5 (1 -> 3 -> 6), where its sibling ends at tier 2."
    )


def test_agents_that_spawn_themselves_again_and_again_are_a_storm() -> None:
    run = RunBuilder(spawn_limit=9)
    run.agent("root")
    run.agent("domain", "root")
    above = "domain"
    for _ in range(4):
        above = run.agent("worker", above)
    assert _alerts(run)["spawn_storm"]["text"] == (
        "Below 'domain' 3 of 5 agents have the name of an agent above them, such as 'worker'."
    )


def test_one_domain_a_tier_deeper_than_its_sibling_is_no_storm(research: RunBuilder) -> None:
    for name in "abcdefg":
        research.agent(name, "filing")
    assert _alerts(research) == {}


def test_sub_team_of_named_roles_below_one_domain_is_no_storm(research: RunBuilder) -> None:
    research.agent("research manager", "filing")
    for name in ("market", "news", "sentiment", "fundamentals"):
        research.agent(f"{name} analyst", "research manager")
    assert "spawn_storm" not in _alerts(research)


def _join(slowest_ms: float, *, start_ms: float = 0) -> RunBuilder:
    run = RunBuilder()
    run.agent("root", ms=(0, slowest_ms + 100))
    run.agent("macro", "root", (0, 1000))
    run.agent("sector", "root", (0, 1200))
    run.agent("company", "root", (start_ms, slowest_ms))
    return run


def test_member_that_all_others_wait_for_is_an_alert_at_the_root() -> None:
    alert = _alerts(_join(3300))["straggler"]
    assert (alert["severity"], alert["n"], alert["evidence"]) == ("alert", 1, ["run-1:company"])
    assert alert["text"] == (
        "'root' waited 2.10 s for 'company' alone, which took 3 times the median of the 2 members beside it."
    )


def test_straggler_beside_members_that_took_no_time_has_no_finite_ratio() -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    for name, start, end in (("a", 1, 1), ("b", 1, 1), ("slow", 0, 90)):
        run.agent(name, "root", (start, end))
    assert "took ∞ times the median" in measure(ALERTS, run).row(0, named=True)["text"]


def test_member_somewhat_slower_than_the_others_is_no_straggler() -> None:
    assert "straggler" not in _alerts(_join(1900))


def test_member_that_began_after_the_others_ended_is_no_straggler() -> None:
    assert "straggler" not in _alerts(_join(5000, start_ms=1200))


def test_members_that_fell_with_a_flagged_agent_are_accounted_for(research: RunBuilder) -> None:
    research.agent("late", "root", status="timeout")
    research.agent("inner", "late", status="cancelled")
    research.agent("innermost", "inner", status="cancelled")
    research.gap("root", "late")
    assert "failed_agent" not in _alerts(research)
