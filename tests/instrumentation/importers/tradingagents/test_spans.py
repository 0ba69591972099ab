"""Reports become a hierarchy by the flow of synthesis."""

from hypothesis import given
from hypothesis import strategies as st

from tierscope.instrumentation import semconv
from tierscope.instrumentation.importers.tradingagents.reports import Interval, Report, ReportedRun, Stage, ToolUse
from tierscope.instrumentation.importers.tradingagents.spans import build_spans
from tierscope.instrumentation.spans import Span

TITLES: dict[str, tuple[Stage, str]] = {
    "market_analyst": ("analysts", "market"),
    "news_analyst": ("analysts", "news"),
    "bull_researcher": ("research", "bull"),
    "research_manager": ("research", "manager"),
    "trader": ("trading", "trader"),
    "neutral_analyst": ("risk", "neutral"),
    "portfolio_manager": ("portfolio", "decision"),
}


def _reports(*agents: str) -> list[Report]:
    return [Report.titled(*TITLES[agent], text=f"text of {agent}") for agent in agents]


def _run(reports: list[Report], tool_uses: tuple[ToolUse, ...] = ()) -> ReportedRun:
    return ReportedRun(
        format="a layout",
        name="XYZ",
        label="XYZ today",
        started_ns=7,
        version="abc1234",
        reports=reports,
        tool_uses=tool_uses,
    )


def _parents(spans: list[Span]) -> dict[str, str | None]:
    names = {span.span_id: str(span.attributes[semconv.GEN_AI_AGENT_NAME]) for span in spans}
    return {names[span.span_id]: names.get(span.parent_span_id or "") for span in spans}


def _tiers(spans: list[Span]) -> dict[str, object]:
    return {
        str(span.attributes[semconv.GEN_AI_AGENT_NAME]): span.attributes.get(semconv.TIERSCOPE_TIER) for span in spans
    }


def test_each_agent_belongs_to_the_one_that_summed_it_up() -> None:
    spans = build_spans(_run(_reports(*TITLES)))
    assert _parents(spans) == {
        "portfolio_manager": None,
        "trader": "portfolio_manager",
        "neutral_analyst": "portfolio_manager",
        "research_manager": "trader",
        "market_analyst": "research_manager",
        "news_analyst": "research_manager",
        "bull_researcher": "research_manager",
    }
    assert _tiers(spans) == {
        "portfolio_manager": 0,
        "trader": 1,
        "neutral_analyst": 1,
        "research_manager": 2,
        "market_analyst": 3,
        "news_analyst": 3,
        "bull_researcher": 3,
    }


def test_missing_stage_is_bridged() -> None:
    spans = build_spans(_run(_reports("market_analyst", "trader", "portfolio_manager")))
    assert _parents(spans) == {"portfolio_manager": None, "trader": "portfolio_manager", "market_analyst": "trader"}


def test_run_that_ended_early_has_its_last_summing_up_as_root_and_unsummed_agents_as_orphans() -> None:
    spans = build_spans(_run(_reports("market_analyst", "research_manager", "trader", "neutral_analyst")))
    assert _tiers(spans) == {"trader": 0, "research_manager": 1, "market_analyst": 2, "neutral_analyst": None}
    assert _parents(spans)["neutral_analyst"] is None


def test_spans_are_marked_and_say_what_is_known() -> None:
    root, leaf = build_spans(_run(_reports("portfolio_manager", "market_analyst")))
    assert root.attributes == {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "portfolio_manager",
        "tierscope.tier": 0,
        "tierscope.output": "text of portfolio_manager",
        "tierscope.run.label": "XYZ today",
        "tierscope.run.project": "TradingAgents",
        "tierscope.run.version": "abc1234",
        "tierscope.imported_from": "a layout",
        "tierscope.untimed": True,
    }
    assert (root.start_ns, root.end_ns) == (7, 7)
    assert leaf.attributes[semconv.TIERSCOPE_DOMAIN] == "research"
    assert semconv.TIERSCOPE_RUN_LABEL not in leaf.attributes


def test_empty_report_has_no_output() -> None:
    (span,) = build_spans(_run([Report.titled("portfolio", "decision", "")]))
    assert semconv.TIERSCOPE_OUTPUT not in span.attributes


def test_span_of_a_summing_up_agent_covers_those_below_and_ends_with_its_own_turn() -> None:
    market, manager, decision = _reports("market_analyst", "research_manager", "portfolio_manager")
    timed = [
        Report(market.agent, market.stage, market.text, turn=Interval(10, 20)),
        Report(manager.agent, manager.stage, manager.text, leads=True, turn=Interval(20, 25)),
        decision,
    ]
    spans = {span.attributes[semconv.GEN_AI_AGENT_NAME]: span for span in build_spans(_run(timed))}
    assert (spans["market_analyst"].start_ns, spans["market_analyst"].end_ns) == (10, 20)
    assert (spans["research_manager"].start_ns, spans["research_manager"].end_ns) == (10, 25)
    assert semconv.TIERSCOPE_UNTIMED not in spans["research_manager"].attributes
    assert spans["portfolio_manager"].attributes[semconv.TIERSCOPE_UNTIMED] is True


def test_tool_uses_hang_below_the_agent_that_made_them() -> None:
    uses = (ToolUse("get_news", "ticker=XYZ", Interval(3, 5), report=0), ToolUse("get_more", "", None, report=None))
    leaf, known, unknown = build_spans(_run(_reports("market_analyst"), uses))
    assert (known.name, known.parent_span_id, known.start_ns, known.end_ns) == (
        "execute_tool get_news",
        leaf.span_id,
        3,
        5,
    )
    assert known.attributes[semconv.GEN_AI_TOOL_CALL_ARGUMENTS] == "ticker=XYZ"
    assert unknown.parent_span_id is None
    assert unknown.attributes[semconv.TIERSCOPE_UNTIMED] is True


@given(st.lists(st.sampled_from(sorted(TITLES)), min_size=1, max_size=12))
def test_whatever_reports_there_are_the_spans_are_one_forest_and_the_same_each_time(agents: list[str]) -> None:
    # A run has one summing-up report per stage at most; everyone else may speak any number of times.
    leads = {"research_manager", "trader", "portfolio_manager"}
    once = [agent for index, agent in enumerate(agents) if agent not in leads or agent not in agents[:index]]
    spans = build_spans(_run(_reports(*once)))
    parents = {span.span_id: span.parent_span_id for span in spans}
    assert len(parents) == len(spans) == len(once)
    for span_id in parents:
        above: str | None = span_id
        for _ in range(4):
            above = parents[above] if above is not None else None
        assert above is None
    assert spans == build_spans(_run(_reports(*once)))
