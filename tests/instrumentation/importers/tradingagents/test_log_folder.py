"""The command-line layout: turns are found by the texts of the reports."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tierscope.instrumentation import semconv
from tierscope.instrumentation.importers.tradingagents import LOG_FOLDER
from tierscope.instrumentation.spans import Span

REPORTS = {
    "market_report": "# Market\n\nUp 3 %.",
    "news_report": "# News\n\nQuiet.",
    "investment_plan": "Buy, since it is up 3 %.",
    "trader_investment_plan": "BUY 10.",
    "final_trade_decision": "Buy 5.",
}
ABORTED = """\
09:00:00 [System] Selected ticker: XYZ
09:00:09 [Reasoning] # Market Up 2 %.
"""
LOG = """\
10:00:00 [System] Selected ticker: XYZ
10:00:00 [Reasoning] XYZ
10:00:02 [Reasoning]
10:00:02 [Tool Call] get_prices(symbol=XYZ, days=(30))
10:00:02 [Tool Call] get_volume(symbol=XYZ)
10:00:05 [Reasoning] Date,Close
10:00:10 [Reasoning] # Market Up 3 %.
10:00:10 [Reasoning] Continue
10:00:11 [Tool Call] get_news(symbol=XYZ)
10:00:31 [Reasoning] nothing new
10:00:35 [Reasoning] # News Quiet.
10:00:35 [Reasoning] Continue
10:00:50 [Reasoning] Research Manager: Buy, since it is up 3 %.
10:00:55 [Reasoning] BUY 10.
10:00:55 [Reasoning] Research Manager: Buy, since it is up 3 %.
10:01:05 [Reasoning] Risky Analyst: Risky Analyst: Buy more.
10:01:15 [Reasoning] Risky Analyst: Risky Analyst: Buy more.
10:01:15 [Reasoning] Safe Analyst: Safe Analyst: Buy less.
10:01:20 [Reasoning] Portfolio Manager: Buy 5.
10:01:21 [Analysis] Completed analysis for 2026-02-03
"""


def _write(folder: Path, log: str) -> Path:
    (folder / "reports").mkdir(parents=True)
    (folder / "message_tool.log").write_text(log, encoding="utf-8")
    for name, text in REPORTS.items():
        (folder / "reports" / f"{name}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return _write(tmp_path / "XYZ" / "2026-02-03", ABORTED + LOG)


def _seconds(spans: list[Span]) -> dict[str, tuple[float, float]]:
    """Start and end of each timed span after the start of the last session."""
    start_ns = int(datetime(2026, 2, 3, 10, tzinfo=UTC).timestamp()) * 1_000_000_000
    return {
        span.name: ((span.start_ns - start_ns) / 1e9, ((span.end_ns or 0) - start_ns) / 1e9)
        for span in spans
        if semconv.TIERSCOPE_UNTIMED not in span.attributes
    }


def test_turns_and_tool_calls_have_the_times_of_the_last_session(folder: Path) -> None:
    assert LOG_FOLDER.sniff(folder)
    assert _seconds(LOG_FOLDER.load(folder)) == {
        "invoke_agent market_analyst": (0, 10),
        "invoke_agent news_analyst": (10, 35),
        "invoke_agent research_manager": (0, 50),
        "invoke_agent trader": (0, 55),
        "invoke_agent risky_analyst": (55, 65),
        "invoke_agent safe_analyst": (65, 75),
        "invoke_agent portfolio_manager": (0, 80),
        "execute_tool get_prices": (2, 5),
        "execute_tool get_volume": (2, 5),
        "execute_tool get_news": (11, 31),
    }


def test_tool_calls_belong_to_the_agent_whose_turn_it_was(folder: Path) -> None:
    spans = LOG_FOLDER.load(folder)
    names = {span.span_id: span.name for span in spans}
    callers = {span.name: names[span.parent_span_id or ""] for span in spans if span.name.startswith("execute_tool")}
    assert callers == {
        "execute_tool get_prices": "invoke_agent market_analyst",
        "execute_tool get_volume": "invoke_agent market_analyst",
        "execute_tool get_news": "invoke_agent news_analyst",
    }
    arguments = [span.attributes.get(semconv.GEN_AI_TOOL_CALL_ARGUMENTS) for span in spans]
    assert "symbol=XYZ, days=(30)" in arguments


def test_outputs_are_the_files_where_there_are_any_and_the_log_for_debaters(folder: Path) -> None:
    outputs = {
        span.name.partition(" ")[2]: span.attributes.get(semconv.TIERSCOPE_OUTPUT) for span in LOG_FOLDER.load(folder)
    }
    assert outputs["market_analyst"] == "# Market\n\nUp 3 %."
    assert outputs["risky_analyst"] == "Buy more."


def test_report_that_the_log_does_not_have_is_kept_without_times(folder: Path) -> None:
    (folder / "reports/news_report.md").write_text("Rewritten by hand.")
    spans = LOG_FOLDER.load(folder)
    assert "invoke_agent news_analyst" not in _seconds(spans)
    news, call = (next(s for s in spans if s.name.endswith(name)) for name in ("news_analyst", "get_news"))
    assert news.attributes[semconv.TIERSCOPE_OUTPUT] == "Rewritten by hand."
    assert call.parent_span_id is None, "whoever made the call, no report says"


@pytest.mark.parametrize("log", ["", ABORTED])
def test_without_a_session_of_these_reports_nothing_has_times(log: str, tmp_path: Path) -> None:
    spans = LOG_FOLDER.load(_write(tmp_path / "XYZ" / "2026-02-03", log))
    assert len(spans) == len(REPORTS)
    assert _seconds(spans) == {}


def test_folder_whose_name_is_no_date_has_no_times(tmp_path: Path) -> None:
    spans = LOG_FOLDER.load(_write(tmp_path / "XYZ" / "latest", LOG))
    assert {span.start_ns for span in spans} == {0}


def test_recorded_logs_give_every_agent_a_turn(shared: Path) -> None:
    folders = sorted((shared / "traces/tradingagents/cli").glob("*/*"))
    assert folders
    for folder in folders:
        spans = LOG_FOLDER.load(folder)
        assert all(semconv.TIERSCOPE_UNTIMED not in span.attributes for span in spans)
        by_id = {span.span_id: span for span in spans}
        for span in spans:
            parent = by_id.get(span.parent_span_id or "")
            if parent is not None:
                assert parent.start_ns <= span.start_ns <= (span.end_ns or 0) <= (parent.end_ns or 0)
        assert sum(span.parent_span_id is None for span in spans) == 1
