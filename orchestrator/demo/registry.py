"""The bundled data: domains, sources, series and scenarios, read from ``datasets/research``."""

import csv
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, TypeVar, cast

import yaml
from pydantic import BaseModel, ConfigDict

from tierscope.errors import SettingsError, UnknownNameError

_FOLDER: Final = Path(__file__).resolve().parent.parent.parent / "datasets" / "research"

Measure = Literal["growth", "level", "trend", "drawdown", "volatility", "text"]


class Entry(BaseModel):
    """Base of what is read from the files."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceEntry(Entry):
    """One data source."""

    source: str
    domain: str
    specialist: str
    provider: str
    """Who grants the requests."""
    subject: str
    unit: str
    measure: Measure
    favourable: int
    """1 where more is good for the thesis, -1 where less is."""
    latency_s: float
    """Of the simulated world."""
    cost_usd: float
    """Of one request; simulated."""

    @property
    def data(self) -> str:
        """Name under which its data are filed; a copy shares those of its original."""
        return self.source.partition("#")[0]


class Dated(Entry):
    """Something that a source says about a period."""

    source: str
    period: str


class Observation(Dated):
    """One point of a series."""

    value: float


class Note(Dated):
    """One passage of a source of text."""

    text: str


Row = TypeVar("Row", bound=Dated)


class Root(Entry):
    """The top of the hierarchy."""

    name: str
    role: str
    question: str
    words: int
    """Length that its brief may have."""
    model: str


class Domain(Entry):
    """One domain."""

    question: str
    words: int
    """Length that its synthesis may have."""


class Registry(Entry):
    """The hierarchy."""

    thesis: str
    task_type: str
    root: Root
    domains: dict[str, Domain]
    domain_role: str
    domain_model: str
    specialist_role: str
    specialist_model: str
    critical_terms: tuple[str, ...]
    model_latency_s: dict[str, float]
    rate_limits: dict[str, float]


class Protection(Entry):
    """How a scenario is run: with the guards of the orchestrator, or without."""

    domain_deadline_s: float | None = None
    """Of the simulated world; None lets the root wait for ever."""
    escalate_critical: bool = False
    spawn_depth: int
    agents: int | None = None
    """Ends a spawn storm that no spawn limit stops; the demo's own safety net."""
    patience_s: float | None = None
    """After which the demo gives up a run that would never end."""


class Storm(Entry):
    """Who spawns more agents, and how many each time."""

    domain: str
    branches: int


class Scenario(Entry):
    """One way in which the hierarchy runs, or fails."""

    name: str
    summary: str
    rate_limits: dict[str, float] = {}
    words: int | None = None
    """Length of every synthesis, where it is not the registry's."""
    storm: Storm | None = None
    silent: str | None = None
    """Domain that stops without a word."""
    protected: Protection
    unprotected: Protection


@cache
def load_registry() -> Registry:
    """The hierarchy."""
    return Registry.model_validate(_read_yaml("registry.yaml"))


@cache
def load_scenarios() -> dict[str, Scenario]:
    """Every scenario, by name."""
    entries = cast("dict[str, dict[str, Any]]", _read_yaml("scenarios.yaml"))
    return {name: Scenario.model_validate({"name": name, **entry}) for name, entry in entries.items()}


def load_scenario(name: str) -> Scenario:
    """One scenario.

    Raises:
        UnknownNameError: there is none of that name.
    """
    scenarios = load_scenarios()
    if name not in scenarios:
        raise UnknownNameError(f"there is no scenario {name!r}: use one of {', '.join(scenarios)}.")
    return scenarios[name]


@cache
def load_sources() -> tuple[SourceEntry, ...]:
    """Every source, by domain and specialist."""
    return tuple(SourceEntry.model_validate(row) for row in _read_csv("sources.csv"))


def pick_sources(count: int) -> tuple[SourceEntry, ...]:
    """``count`` sources, spread evenly over the specialists; beyond the registry's number, copies of them.

    Raises:
        SettingsError: the count is less than 1.
    """
    if count < 1:
        raise SettingsError(f"{count} sources leave nobody anything to read: use 1 or more.")
    spread = _spread(load_sources())
    rounds = [spread] + [
        [source.model_copy(update={"source": f"{source.source}#{number}"}) for source in spread]
        for number in range(2, 2 + (count - 1) // len(spread))
    ]
    picked = [source for row in rounds for source in row][:count]
    order = [source.source for source in load_sources()]
    return tuple(sorted(picked, key=lambda source: order.index(source.data)))


def _spread(sources: Sequence[SourceEntry]) -> list[SourceEntry]:
    """One source of each specialist after the other, and of these one of each domain after the other."""
    rows: dict[str, list[SourceEntry]] = {}
    for source in sources:
        rows.setdefault(source.specialist, []).append(source)
    teams: dict[str, list[list[SourceEntry]]] = {}
    for row in rows.values():
        teams.setdefault(row[0].domain, []).append(row)
    return [
        row[rank]
        for rank in range(max(map(len, rows.values())))
        for turn in zip(*teams.values(), strict=True)
        for row in turn
    ]


@cache
def load_series() -> dict[str, tuple[Observation, ...]]:
    """Observations by source, oldest first."""
    return _by_source(Observation.model_validate(row) for row in _read_csv("series.csv"))


@cache
def load_notes() -> dict[str, tuple[Note, ...]]:
    """Passages by source of text, oldest first."""
    return _by_source(Note.model_validate(row) for row in _read_csv("notes.csv"))


def _by_source(rows: Iterator[Row]) -> dict[str, tuple[Row, ...]]:
    grouped: dict[str, tuple[Row, ...]] = {}
    for row in rows:
        grouped[row.source] = (*grouped.get(row.source, ()), row)
    return grouped


def _read_yaml(name: str) -> object:
    with (_FOLDER / name).open(encoding="utf-8") as file:
        return yaml.safe_load(file)


def _read_csv(name: str) -> Iterator[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
