"""The bundled system: real computations, real loss in synthesis, and what each scenario provokes."""

from itertools import groupby

import pytest

from tests.orchestrator.virtual_time import run_in_virtual_time
from tierscope.errors import SettingsError, UnknownNameError
from tierscope.instrumentation import semconv
from tierscope.instrumentation.testing import recorded
from tierscope.orchestrator.demo import DemoResult, Progress, run_demo, run_demo_async
from tierscope.orchestrator.demo.analysis import Measurement, measure_series
from tierscope.orchestrator.demo.registry import (
    Measure,
    Observation,
    SourceEntry,
    load_notes,
    load_registry,
    load_series,
    load_sources,
    pick_sources,
)
from tierscope.orchestrator.demo.writing import sentence, summarize


def demo(scenario: str = "baseline", *, protected: bool = True, linear: bool = False, sources: int = 120) -> DemoResult:
    """A run in virtual time: no deadline strikes since the machine is slow."""
    return run_in_virtual_time(run_demo_async(scenario, protected=protected, linear=linear, sources=sources))


def source(measure: Measure) -> SourceEntry:
    return SourceEntry(
        source="s", domain="d", specialist="a", provider="p", subject="output", unit="points", measure=measure,
        favourable=1, latency_s=1, cost_usd=0,
    )  # fmt: skip


def series(*values: float) -> list[Observation]:
    return [Observation(source="s", period=f"Q{number}", value=value) for number, value in enumerate(values)]


def test_growth_is_the_change_against_a_year_ago() -> None:
    found = measure_series(source("growth"), series(100, 100, 100, 100, 110, 120, 130))
    assert found.value == pytest.approx(30)
    assert found.usual == pytest.approx(20)
    assert found.unusual == pytest.approx(1)
    assert sentence(found) == "Output grew 30.00% year on year in Q6, against 20.00% on average."


@pytest.mark.parametrize(
    ("measure", "values", "value"),
    [
        ("level", (1, 2, 3, 4, 5, 6), 6),
        ("trend", (1, 3, 5, 7, 9, 11), 2),
        ("drawdown", (10, 20, 30, 40, 30, 20), -50),
        ("volatility", (100, 110, 99, 108.9, 98.01, 107.811, 97.0299), 10.9545),
    ],
)
def test_other_measures_by_hand(measure: Measure, values: tuple[float, ...], value: float) -> None:
    assert measure_series(source(measure), series(*values)).value == pytest.approx(value, abs=1e-4)


def test_summary_keeps_the_most_unusual_first_and_stays_within_its_words() -> None:
    sources = [each for each in load_sources() if each.measure != "text"]
    found = [measure_series(each, load_series()[each.source]) for each in sources]
    text, kept = summarize(found, words=60, digits=1)
    assert 45 <= len(text.split()) <= 60
    assert len(kept) < len(found)
    least = min(abs(each.unusual) for each in kept)
    assert least >= max(abs(each.unusual) for each in found if each not in kept)


def test_summary_rounds_and_merges() -> None:
    def found(subject: str, value: float) -> Measurement:
        return Measurement(
            source=subject, subject=subject, unit="%", measure="growth", period="Q1", value=value, usual=0, unusual=1,
            favourable=1,
        )  # fmt: skip

    text, _ = summarize([found("orders", 12.34), found("sales", 5.67)], words=50, digits=2)
    assert text == "Expansion is brisker than usual in orders (about 12%) and sales (about 5.7%)."


def test_registry_has_120_sources_with_data_for_three_domains() -> None:
    sources = load_sources()
    assert len(sources) == 120
    assert {each.domain for each in sources} == {"macro", "sector", "company"}
    assert all(each.source in (load_notes() if each.measure == "text" else load_series()) for each in sources)


def test_any_number_of_sources_is_spread_over_the_specialists() -> None:
    assert len({each.specialist for each in pick_sources(15)}) == 15
    assert [each.domain for each in pick_sources(3)] == ["macro", "sector", "company"]
    many = pick_sources(200)
    assert len({each.source for each in many}) == 200
    assert sum("#2" in each.source for each in many) == 80
    assert pick_sources(120) == load_sources()
    with pytest.raises(SettingsError, match="0 sources leave nobody anything to read"):
        pick_sources(0)


def test_baseline_runs_three_tiers_reports_progress_and_states_its_simulation() -> None:
    seen: list[Progress] = []
    with recorded() as exporter:
        result = run_in_virtual_time(run_demo_async("baseline", on_progress=seen.append))
    report = result.report
    assert (report.agents, report.max_depth, report.gaps) == (19, 2, ())
    assert (len(seen), seen[-1].done, seen[-1].total, seen[-1].path) == (19, 19, 19, "research-director")
    assert result.simulated_share == pytest.approx(1)  # only waiting takes virtual time
    assert [kept.verified for kept in report.critical] == [True]
    spans = exporter.get_finished_spans()
    root = dict(next(span for span in spans if span.name == "invoke_agent research-director").attributes or {})
    assert root[semconv.TIERSCOPE_RUN_LABEL] == "baseline"
    assert isinstance(root[semconv.TIERSCOPE_RUN_SIMULATED_SHARE], float)
    chats = [dict(span.attributes or {}) for span in spans if span.name.startswith("chat ")]
    assert len(chats) == 23
    assert all(chat[semconv.TIERSCOPE_SIMULATED] is True for chat in chats)
    tokens = [int(str(chat[semconv.GEN_AI_USAGE_INPUT_TOKENS])) for chat in chats]
    tokens += [int(str(chat[semconv.GEN_AI_USAGE_OUTPUT_TOKENS])) for chat in chats]
    assert report.tokens == sum(tokens)


def test_few_sources_leave_out_domains() -> None:
    report = demo(sources=2).report
    assert (report.agents, report.gaps) == (5, ())
    assert report.result is not None


def test_baseline_syntheses_lose_signals() -> None:
    with recorded() as exporter:
        report = demo("baseline").report
    signals = [
        str((event.attributes or {})[semconv.SIGNAL_TEXT])
        for span in exporter.get_finished_spans()
        for event in span.events
        if event.name == semconv.EVENT_SIGNAL
    ]
    assert len(signals) == 124
    verbatim = [text for text in signals if text in report.text]
    assert verbatim == [kept.signal.text for kept in report.critical]


def test_tiers_are_faster_than_a_line_of_the_same_specialists() -> None:
    tiered, linear = demo("baseline"), demo("baseline", linear=True)
    assert linear.report.max_depth == 1
    assert linear.simulated_s > 4 * tiered.simulated_s


@pytest.mark.parametrize("sources", [10, 60, 120, 200])
def test_makespan_is_the_critical_path(sources: int) -> None:
    model = load_registry().model_latency_s
    by_specialist = groupby(pick_sources(sources), key=lambda entry: entry.specialist)
    slowest = max(sum(entry.latency_s for entry in group) for _, group in by_specialist)
    bound = model["plan"] * 2 + slowest + model["analyse"] + model["synthesize"] + model["brief"]
    assert demo(sources=sources).simulated_s == pytest.approx(bound)


def test_unknown_scenario_is_answered_with_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match=r"no scenario 'chaos': use one of baseline, bottleneck"):
        run_demo("chaos")


def test_scale_of_zero_is_refused() -> None:
    with pytest.raises(SettingsError, match="a time scale of 0 makes no sense"):
        run_demo(scale=0)


def test_bottleneck_without_deadline_makes_the_root_wait_and_with_one_goes_on_with_a_flagged_gap() -> None:
    waiting = demo("bottleneck", protected=False)
    guarded = demo("bottleneck")
    assert waiting.report.gaps == ()
    assert waiting.simulated_s > 1.15 * guarded.simulated_s
    (gap,) = guarded.report.gaps
    assert (gap.token.domain, gap.token.status) == ("company", "timeout")
    assert len(gap.token.partial) > 20
    assert f"GAP: company is missing (timeout); {len(gap.token.partial)} partial results" in guarded.report.text


def test_compression_drops_the_footnote_unless_it_is_escalated() -> None:
    footnote = "the SEC opened an informal inquiry in October 2025"
    assert footnote not in demo("compression", protected=False).report.text
    assert footnote in demo("compression").report.text


def test_spawn_storm_grows_without_a_limit_and_is_refused_with_one() -> None:
    storm = demo("spawn-storm", protected=False).report
    guarded = demo("spawn-storm").report
    assert (storm.agents, guarded.agents) == (400, 34)
    assert storm.max_depth >= 5
    assert guarded.max_depth == 3
    assert {refusal.depth for refusal in guarded.refusals} == {4}
    assert storm.tokens > 2 * guarded.tokens


def test_silent_failure_hangs_the_join_unless_it_has_a_deadline() -> None:
    hung = demo("silent-failure", protected=False).report
    assert hung.failure is not None
    assert hung.failure.status == "budget"
    assert len(hung.failure.partial) >= 2
    guarded = demo("silent-failure").report
    assert guarded.result is not None
    assert [gap.token.member for gap in guarded.gaps] == ["company"]
