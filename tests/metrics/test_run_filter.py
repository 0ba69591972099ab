"""Which runs a name means."""

from pathlib import Path

import pytest

from tests.instrumentation.tiers.making import agent, spans
from tierscope.errors import InputError
from tierscope.instrumentation.spans import AttributeValue
from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, select_runs
from tierscope.metrics.run_filter import parse_attribute, parse_since
from tierscope.metrics.testing import RunBuilder, save_runs


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Runs ``run-1``, ``run-10`` and ``run-2``; the last bears the first one's id as its label."""
    made = Store(tmp_path / "runs.duckdb")
    runs = [RunBuilder("run-1"), RunBuilder("run-10"), RunBuilder("run-2", label="run-1")]
    for run in runs:
        run.agent("root", ms=(0, 10))
    save_runs(made, runs)
    return made


def test_whole_id_means_that_run_alone(store: Store) -> None:
    assert select_runs(store, RunFilter(runs=("run-1",))) == ["run-1"]


def test_start_of_an_id_means_every_run_that_begins_with_it(store: Store) -> None:
    assert set(select_runs(store, RunFilter(runs=("run-",)))) == {"run-1", "run-10", "run-2"}


def test_domain_means_every_run_in_which_an_agent_of_it_took_part(tmp_path: Path) -> None:
    runs = [RunBuilder("run-1"), RunBuilder("run-2")]
    for run, domain in zip(runs, ("macro", "company"), strict=True):
        run.agent("root")
        run.agent(domain, "root")
    store = Store(tmp_path / "domains.duckdb")
    save_runs(store, runs)
    assert select_runs(store, RunFilter(domain="macro")) == ["run-1"]
    assert select_runs(store, RunFilter(domain="sector")) == []


@pytest.fixture
def attributed(tmp_path: Path) -> Store:
    """Runs 1, 2 and 3, of which 1 and 2 are of team red, and 2 has a tier of 3; a leaf of 3 bears what no root does."""
    store = Store(tmp_path / "attributed.duckdb")
    borne: list[tuple[dict[str, AttributeValue], dict[str, AttributeValue]]] = [
        ({"team": "red"}, {}),
        ({'odd "name"': 3}, {"team": "red"}),
        ({}, {"service.name": "desk"}),
    ]
    for number, (given, resource) in enumerate(borne, 1):
        root = agent("root", agent("leaf", attributes={"team": "leaf"}), attributes=given, resource=resource)
        store.append(spans(root, trace=number, start=number * 1000))
    store.refresh()
    return store


@pytest.mark.parametrize(
    ("attributes", "found"),
    [
        ([("team", "red")], [1, 2]),
        ([("team", "red"), ('odd "name"', "3")], [2]),
        ([("team", "red"), ("team", "red")], [1, 2]),
        ([("team", "red"), ("team", "blue")], []),
        ([("service.name", "desk")], [3]),
        ([("team", "leaf")], []),
    ],
)
def test_attributes_mean_the_runs_whose_root_or_resource_has_all_of_them(
    attributed: Store, attributes: list[tuple[str, str]], found: list[int]
) -> None:
    chosen = select_runs(attributed, RunFilter(attributes=tuple(attributes)))
    assert sorted(chosen) == [f"{number:032x}" for number in found]


def test_attribute_is_a_name_and_a_value() -> None:
    assert parse_attribute("team=red=hot") == ("team", "red=hot")
    with pytest.raises(InputError, match="'team' is no attribute: write name=value"):
        parse_attribute("team")


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31", "365000d"])
def test_time_that_no_clock_has_is_before_or_after_every_run(moment: str, store: Store) -> None:
    assert bool(select_runs(store, RunFilter(since_ns=parse_since(moment)))) is (moment != "9999-12-31")
