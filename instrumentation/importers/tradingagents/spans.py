"""The spans that a tracer would have recorded of a TradingAgents run, marked as synthesised."""

import hashlib
from collections.abc import Mapping
from typing import Final

from tierscope.instrumentation import semconv
from tierscope.instrumentation.importers.tradingagents.hierarchy import Hierarchy
from tierscope.instrumentation.importers.tradingagents.reports import Interval, Report, ReportedRun, Stage, ToolUse
from tierscope.instrumentation.spans import AttributeValue, Span

__all__ = ["build_spans"]

_PROJECT: Final = "TradingAgents"
_SCOPE: Final = "tierscope.importers.tradingagents"
_DOMAINS: Final[Mapping[Stage, str]] = {"analysts": "research"}
"""Stage -> domain, where that is not the stage itself: the analysts' reports are summed up in research."""


def build_spans(run: ReportedRun) -> list[Span]:
    """Make the spans of a run.

    Ids follow from the run's name and content alone, so that importing a run twice gives the same spans. As in any
    trace, the span of an agent that sums up others covers theirs; its own work is what theirs leave free.

    Args:
        run: what the files tell.

    Returns:
        One span per report, then one per use of a tool.
    """
    builder = _Builder(run)
    agents = [builder.agent_span(index, report) for index, report in enumerate(run.reports)]
    return agents + [builder.tool_span(index, use) for index, use in enumerate(run.tool_uses)]


class _Builder:
    """Makes the spans of one run; reports and uses of tools are named by their position."""

    def __init__(self, run: ReportedRun) -> None:
        written = (part for report in run.reports for part in (report.agent, report.text, str(report.turn)))
        self._run = run
        self._hierarchy = Hierarchy(run.reports)
        self._trace_id = _digest(run.format, run.name, *written)[:32]

    def agent_span(self, index: int, report: Report) -> Span:
        parent = self._hierarchy.parent(index)
        attributes = _describe_agent(report, self._hierarchy.tier(index))
        if parent is None:
            attributes |= _describe_run(self._run)
        name = f"{semconv.OPERATION_INVOKE_AGENT} {report.agent}"
        return self._span("report", index, parent, name, self._hierarchy.covered(index), attributes)

    def tool_span(self, index: int, use: ToolUse) -> Span:
        name = f"{semconv.OPERATION_EXECUTE_TOOL} {use.tool}"
        return self._span("tool", index, use.report, name, use.interval, _describe_tool(use))

    def _span(
        self,
        kind: str,
        index: int,
        parent: int | None,
        name: str,
        interval: Interval | None,
        attributes: Mapping[str, AttributeValue],
    ) -> Span:
        marks: dict[str, AttributeValue] = {semconv.TIERSCOPE_IMPORTED_FROM: self._run.format}
        if interval is None:
            marks[semconv.TIERSCOPE_UNTIMED] = True
            interval = Interval(self._run.started_ns, self._run.started_ns)
        return Span(
            trace_id=self._trace_id,
            span_id=self._span_id(kind, index),
            parent_span_id=None if parent is None else self._span_id("report", parent),
            name=name,
            kind="internal",
            start_ns=interval.start_ns,
            end_ns=interval.end_ns,
            scope_name=_SCOPE,
            attributes={**attributes, **marks},
            resource={"service.name": _PROJECT},
        )

    def _span_id(self, kind: str, index: int) -> str:
        return _digest(self._trace_id, kind, str(index))[:16]


def _describe_agent(report: Report, tier: int | None) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {
        semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_INVOKE_AGENT,
        semconv.GEN_AI_AGENT_NAME: report.agent,
    }
    if tier is not None:
        attributes[semconv.TIERSCOPE_TIER] = tier
    if tier != 0:
        attributes[semconv.TIERSCOPE_DOMAIN] = _DOMAINS.get(report.stage, report.stage)
    if report.text:
        attributes[semconv.TIERSCOPE_OUTPUT] = report.text
    return attributes


def _describe_run(run: ReportedRun) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {
        semconv.TIERSCOPE_RUN_LABEL: run.label,
        semconv.TIERSCOPE_RUN_PROJECT: _PROJECT,
    }
    if run.version is not None:
        attributes[semconv.TIERSCOPE_RUN_VERSION] = run.version
    return attributes


def _describe_tool(use: ToolUse) -> dict[str, AttributeValue]:
    return {
        semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_EXECUTE_TOOL,
        semconv.GEN_AI_TOOL_NAME: use.tool,
        semconv.GEN_AI_TOOL_CALL_ARGUMENTS: use.arguments,
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
