"""Who summed up whom among the agents of a TradingAgents run.

    portfolio_manager                       5 portfolio: the root brief
    +-- trader                              3 trading
    |   `-- research_manager                2 research: the domain synthesis
    |       +-- market_analyst ...          1 analysts: the leaves
    |       `-- bull_, bear_researcher      2 research: their debate, which the manager settles
    `-- aggressive_, neutral_analyst ...    4 risk: their debate, which the portfolio manager settles

The tree is the flow of synthesis upwards: an agent's parent is the one that summed up its report. Where a stage is
missing, its members belong to the next one above; an agent that nobody above summed up is an orphan.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tierscope.instrumentation.importers.tradingagents.reports import Interval, Report, Stage

__all__ = ["Hierarchy"]

_SUMMED_UP_BY: Final[Mapping[Stage, tuple[Stage, ...]]] = {
    "analysts": ("research", "trading", "portfolio"),
    "research": ("research", "trading", "portfolio"),
    "trading": ("trading", "portfolio"),
    "risk": ("portfolio",),
    "portfolio": ("portfolio",),
}
"""Stage -> the stages whose lead may be the parent of its members, nearest first."""


class Hierarchy:
    """The tree over the reports of a run, which are named by their position.

    Args:
        reports: in any order; of each stage, one at most leads.
    """

    def __init__(self, reports: Sequence[Report]) -> None:
        self._reports = reports
        self._leads = {report.stage: index for index, report in enumerate(reports) if report.leads}
        self._parents = [self._find_parent(index) for index in range(len(reports))]

    def parent(self, index: int) -> int | None:
        """The report that sums this one up; None at the root and for an orphan."""
        return self._parents[index]

    def tier(self, index: int) -> int | None:
        """Number of agents above; None for an orphan."""
        parent = self._parents[index]
        if parent is None:
            return 0 if self._reports[index].leads else None
        above = self.tier(parent)
        return None if above is None else above + 1

    def covered(self, index: int) -> Interval | None:
        """From the start of the first turn at or below an agent to the end of its own; None where that is unknown."""
        own = self._reports[index].turn
        if own is None:
            return None
        below = [self.covered(child) for child, parent in enumerate(self._parents) if parent == index]
        return Interval(min([own.start_ns, *(one.start_ns for one in below if one is not None)]), own.end_ns)

    def _find_parent(self, index: int) -> int | None:
        leads = (self._leads.get(stage) for stage in _SUMMED_UP_BY[self._reports[index].stage])
        return next((lead for lead in leads if lead is not None and lead != index), None)
