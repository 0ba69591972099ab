"""What a page shows, as it stands in the browser's address: a link reopens the same page."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, Self
from urllib.parse import urlencode

from tierscope.metrics import RunFilter
from tierscope.metrics.run_filter import parse_since

__all__ = ["VIEW_NAMES", "Address"]

VIEW_NAMES: Final = ("overview", "run", "time", "retention", "spawning", "dependencies", "approvals", "metrics")


@dataclass(frozen=True, slots=True)
class Address:
    """The query parameters of one page; None asks for nothing."""

    view: str = "overview"
    run: str | None = None
    """Id of the one run to show; every run that the filters let through where None."""
    agent: str | None = None
    """Id of the invocation whose details are open."""
    project: str | None = None
    version: str | None = None
    task: str | None = None
    """Type of task."""
    since: str | None = None
    """Only runs started since: 2h, 3d, or an ISO time."""
    by: str | None = None
    """What rows are grouped by, where a view lets one choose."""
    signals: str | None = None
    """Which signals the retention view lists: lost, distorted, partial, retained, critical or every."""
    find: str | None = None
    """Only signals that contain this text."""
    metric: str | None = None
    """Metric shown in the metrics view."""
    sort: str | None = None
    """Heading by which a table is sorted, with a hyphen before it the largest first."""

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> Self:
        """Read query parameters; unknown ones, and views that do not exist, are left out."""
        known = {field.name: query[field.name] for field in fields(cls) if query.get(field.name)}
        if known.get("view") not in VIEW_NAMES:
            known.pop("view", None)
        return cls(**known)

    def to_query(self) -> dict[str, str]:
        """The parameters that ask for something."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def link(self, **changes: str | None) -> str:
        """A relative link to the page with some parameters changed; a view is never None.

        Another view's tables have other headings, so that the order is left behind with the view.
        """
        left = {"sort": None} if changes.get("view", self.view) != self.view else {}
        query = {**self.to_query(), **left, **changes}
        return "?" + urlencode({name: value for name, value in query.items() if value is not None})

    def without_run(self) -> Self:
        """The page of all runs that the filters let through."""
        return replace(self, run=None)

    def run_filter(self) -> RunFilter:
        """The runs that the page is about.

        Raises:
            InputError: ``since`` is no time.
        """
        return RunFilter(
            runs=(self.run,) if self.run else (),
            since_ns=_whole_minute(parse_since(self.since)) if self.since else None,
            project=self.project,
            version=self.version,
            task_type=self.task,
        )


def _whole_minute(time_ns: int) -> int:
    """So that the answers to 'in the last hour' are computed again once a minute and not at every look."""
    return time_ns - time_ns % 60_000_000_000
