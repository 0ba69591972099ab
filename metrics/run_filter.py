"""Which runs a question is about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tierscope.errors import InputError, UnknownNameError
from tierscope.instrumentation.durations import parse_duration
from tierscope.instrumentation.store import Store
from tierscope.metrics.sql import load_query


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Runs that meet every given condition; None asks for nothing."""

    runs: tuple[str, ...] = ()
    """Ids, starts of ids of at least four characters, or labels."""
    since_ns: int | None = None
    """Started at this Unix time or later."""
    project: str | None = None
    version: str | None = None
    task_type: str | None = None
    agent: str | None = None
    """A run in which an agent of this name took part."""
    domain: str | None = None
    """A run in which an agent of this domain took part."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Name and value, as text, of attributes that a run bears on its root's span, a span without a parent, or the
    resource of either."""
    last: int | None = None
    """The newest so many of those that meet the rest."""


def parse_since(text: str, *, now: datetime | None = None) -> int:
    """Unix nanoseconds of ``2h``, ``3d`` or an ISO 8601 time.

    Raises:
        InputError: the text is neither.
    """
    if (ago := parse_duration(text)) is not None:
        moment = (now or datetime.now(UTC)) - ago
    else:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise InputError(f"'{text}' is no time: write 2h, 3d or 2026-01-31T12:00.") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
    since_ns = int(moment.timestamp() * 1_000_000) * 1_000
    return min(max(since_ns, 0), 2**63 - 1)  # what the store can compare with


def select_runs(store: Store, runs: RunFilter | None = None) -> list[str]:
    """Ids of the runs that a filter lets through, newest first; runs without a time last.

    Args:
        store: where to look.
        runs: every run where None.

    Raises:
        UnknownNameError: a run was named that is not in the store.
        StoreError: the store cannot be read.
    """
    runs = runs or RunFilter()
    rows = store.list_rows(
        load_query("selected_runs"),
        {
            "runs": list(runs.runs),
            "since_ns": runs.since_ns,
            "project": runs.project,
            "version": runs.version,
            "task_type": runs.task_type,
            "agent": runs.agent,
            "domain": runs.domain,
        },
    )
    found = {row["matched"] for row in rows}
    for name in runs.runs:
        if name not in found:
            raise UnknownNameError(f"There is no run '{name}' in {store.path}; `tierscope runs` lists them.")
    ids = list(dict.fromkeys(row["run_id"] for row in rows))
    if runs.attributes:
        bearing = _runs_with_attributes(store, runs.attributes)
        ids = [run_id for run_id in ids if run_id in bearing]
    return ids if runs.last is None else ids[: runs.last]


def select_ids(store: Store, runs: RunFilter | None = None) -> list[str] | None:
    """The runs that a query is about: None, for all, where a filter asks for nothing.

    A query that names no run need not look hundreds of thousands of them up.

    Raises:
        UnknownNameError: a run was named that is not in the store.
        StoreError: the store cannot be read.
    """
    return None if runs is None or runs == RunFilter() else select_runs(store, runs)


def parse_attribute(text: str) -> tuple[str, str]:
    """Name and value of ``name=value``.

    Raises:
        InputError: the text has no name or no equals sign.
    """
    name, equals, value = text.partition("=")
    if not name.strip() or not equals:
        raise InputError(f"'{text}' is no attribute: write name=value, such as service.name=desk.")
    return name.strip(), value


def _runs_with_attributes(store: Store, attributes: Sequence[tuple[str, str]]) -> set[str]:
    """Runs that bear all of some attributes, whose names may hold dots and quotes."""
    paths = ['$."' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name, _ in attributes]
    asked = {"paths": paths, "values": [value for _, value in attributes]}
    return {row["run_id"] for row in store.list_rows(load_query("runs_with_attributes"), asked)}
