"""Runs of TradingAgents as spans, made of the reports that its agents left behind.

TradingAgents is a trading-research hierarchy of five stages that writes a report per agent and no trace. What is
synthesised here is the flow of synthesis upwards: an agent's parent is the one that summed up its report.

    portfolio_manager                       5 portfolio: the root brief
    +-- trader                              3 trading
    |   `-- research_manager                2 research: the domain synthesis
    |       +-- market_analyst ...          1 analysts: the leaves
    |       `-- bull_, bear_researcher      2 research: their debate, which the manager settles
    `-- aggressive_, neutral_analyst ...    4 risk: their debate, which the portfolio manager settles

Where a stage is missing, its members belong to the next one above; an agent that nobody above summed up is an orphan.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tierscope.instrumentation import semconv
from tierscope.instrumentation.spans import AttributeValue, Span

__all__ = ["Interval", "Report", "ReportedRun", "Stage", "ToolUse", "build_spans"]

Stage: TypeAlias = Literal["analysts", "research", "trading", "risk", "portfolio"]

_PROJECT: Final = "TradingAgents"
_SCOPE: Final = "tierscope.importers.tradingagents"
_LEADS: Final[Mapping[Stage, tuple[str, str]]] = {
    "research": ("manager", "research_manager"),
    "trading": ("trader", "trader"),
    "portfolio": ("decision", "portfolio_manager"),
}
"""Stage -> (what its summing-up report is called, the agent that writes it)."""

_DOMAINS: Final[Mapping[Stage, str]] = {"analysts": "research"}
"""Stage -> domain, where that is not the stage itself: the analysts' reports are summed up in research."""
_MEMBER_SUFFIX: Final[Mapping[Stage, str]] = {"research": "researcher"}
"""Stage -> what its members are, where that is not analysts."""
_SUMMED_UP_BY: Final[Mapping[Stage, tuple[Stage, ...]]] = {
    "analysts": ("research", "trading", "portfolio"),
    "research": ("research", "trading", "portfolio"),
    "trading": ("trading", "portfolio"),
    "risk": ("portfolio",),
    "portfolio": ("portfolio",),
}
"""Stage -> the stages whose lead may be the parent of its members, nearest first."""


@dataclass(frozen=True, slots=True)
class Interval:
    """When something began and ended, in Unix nanoseconds."""

    start_ns: int
    end_ns: int


@dataclass(frozen=True, slots=True)
class Report:
    """What one agent wrote."""

    agent: str
    stage: Stage
    text: str
    leads: bool = False
    """Whether it sums up what the agents of its stage and below wrote."""
    turn: Interval | None = None
    """The agent's own turn; None where no times were recorded."""

    @classmethod
    def titled(cls, stage: Stage, title: str, text: str) -> "Report":
        """A report whose author follows from where it stood and what it is called there.

        Args:
            stage: where it stood.
            title: its name there, such as ``market`` or ``manager``.
            text: what it says.
        """
        lead_title, lead = _LEADS.get(stage, ("", ""))
        if title == lead_title:
            return cls(lead, stage, text, leads=True)
        return cls(f"{title}_{_MEMBER_SUFFIX.get(stage, 'analyst')}", stage, text)


@dataclass(frozen=True, slots=True)
class ToolUse:
    """One call of a tool."""

    tool: str
    arguments: str
    interval: Interval | None
    """From the call to the answer; None where no answer came."""
    report: int | None
    """Position of the report that the calling agent was working on; None where it was never finished."""


@dataclass(frozen=True, slots=True)
class ReportedRun:
    """One run, as far as its files tell."""

    format: str
    """Which layout it was read from."""
    name: str
    """Name of the folder, such as its ticker and time."""
    label: str
    started_ns: int
    """Unix time of the run as a whole; 0 where even that is not known."""
    version: str | None
    reports: Sequence[Report]
    tool_uses: Sequence[ToolUse] = ()


def build_spans(run: ReportedRun) -> list[Span]:
    """Make the spans that a tracer would have recorded, marked as synthesised.

    Ids follow from the run's name and content alone, so that importing a run twice gives the same spans. As in any
    trace, the span of an agent that sums up others covers theirs; its own work is what theirs leave free.

    Args:
        run: what the files tell.

    Returns:
        One span per report, then one per use of a tool.
    """
    written = (part for report in run.reports for part in (report.agent, report.text, str(report.turn)))
    trace_id = _digest(run.format, run.name, *written)[:32]
    hierarchy = _Hierarchy(run.reports)
    span_ids = [_digest(trace_id, report.agent, str(index))[:16] for index, report in enumerate(run.reports)]
    spans: list[Span] = []
    for index, report in enumerate(run.reports):
        parent = hierarchy.parents[index]
        attributes = _agent_attributes(report, hierarchy.tier(index))
        if parent is None:
            attributes |= _run_attributes(run)
        name = f"{semconv.OPERATION_INVOKE_AGENT} {report.agent}"
        parent_id = None if parent is None else span_ids[parent]
        spans.append(_span(run, (trace_id, span_ids[index], parent_id), name, hierarchy.covered(index), attributes))
    for index, use in enumerate(run.tool_uses):
        span_id = _digest(trace_id, "tool", str(index))[:16]
        parent_id = None if use.report is None else span_ids[use.report]
        name = f"{semconv.OPERATION_EXECUTE_TOOL} {use.tool}"
        spans.append(_span(run, (trace_id, span_id, parent_id), name, use.interval, _tool_attributes(use)))
    return spans


class _Hierarchy:
    """Who summed up whom; reports are named by their position."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports
        self._leads = {report.stage: index for index, report in enumerate(reports) if report.leads}
        self.parents = [self._parent(index) for index in range(len(reports))]

    def _parent(self, index: int) -> int | None:
        above = (self._leads.get(stage) for stage in _SUMMED_UP_BY[self._reports[index].stage])
        if self._reports[index].leads:
            above = (lead for lead in above if lead != index)
        return next((lead for lead in above if lead is not None), None)

    def tier(self, index: int) -> int | None:
        """Number of agents above; None for an orphan."""
        parent = self.parents[index]
        if parent is None:
            return 0 if self._reports[index].leads else None
        above = self.tier(parent)
        return None if above is None else above + 1

    def covered(self, index: int) -> Interval | None:
        """From the start of the first turn at or below an agent to the end of its own."""
        own = self._reports[index].turn
        if own is None:
            return None
        below = [self.covered(child) for child, parent in enumerate(self.parents) if parent == index]
        return Interval(min([own.start_ns, *(one.start_ns for one in below if one is not None)]), own.end_ns)


def _agent_attributes(report: Report, tier: int | None) -> dict[str, AttributeValue]:
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


def _run_attributes(run: ReportedRun) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {
        semconv.TIERSCOPE_RUN_LABEL: run.label,
        semconv.TIERSCOPE_RUN_PROJECT: _PROJECT,
    }
    if run.version is not None:
        attributes[semconv.TIERSCOPE_RUN_VERSION] = run.version
    return attributes


def _tool_attributes(use: ToolUse) -> dict[str, AttributeValue]:
    return {
        semconv.GEN_AI_OPERATION_NAME: semconv.OPERATION_EXECUTE_TOOL,
        semconv.GEN_AI_TOOL_NAME: use.tool,
        semconv.GEN_AI_TOOL_CALL_ARGUMENTS: use.arguments,
    }


def _span(
    run: ReportedRun,
    ids: tuple[str, str, str | None],
    name: str,
    interval: Interval | None,
    attributes: Mapping[str, AttributeValue],
) -> Span:
    marks: dict[str, AttributeValue] = {semconv.TIERSCOPE_IMPORTED_FROM: run.format}
    if interval is None:
        marks[semconv.TIERSCOPE_UNTIMED] = True
        interval = Interval(run.started_ns, run.started_ns)
    trace_id, span_id, parent_span_id = ids
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_span_id,
        name=name,
        kind="internal",
        start_ns=interval.start_ns,
        end_ns=interval.end_ns,
        scope_name=_SCOPE,
        attributes={**attributes, **marks},
        resource={"service.name": _PROJECT},
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
