"""Addresses: a link reopens the page that it was made on."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tierscope.dashboard.address import VIEW_NAMES, Address
from tierscope.dashboard.views import VIEWS
from tierscope.errors import InputError

TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def _read(link: str) -> Address:
    return Address.from_query(dict(parse_qsl(link.removeprefix("?"))))


@given(view=st.sampled_from(VIEW_NAMES), run=TEXTS, agent=TEXTS, project=TEXTS, find=TEXTS)
def test_link_reopens_the_same_page(
    view: str, run: str | None, agent: str | None, project: str | None, find: str | None
) -> None:
    address = Address(view=view, run=run, agent=agent, project=project, find=find)
    assert _read(address.link()) == address


def test_link_changes_only_what_it_is_told() -> None:
    address = Address(view="run", run="r1", agent="a1", version="v2")
    assert _read(address.link(view="time", agent=None)) == Address(view="time", run="r1", version="v2")


def test_order_of_a_table_is_left_behind_with_its_view() -> None:
    address = Address(view="spawning", sort="-agents", version="v2")
    assert _read(address.link(view="run", run="r1")) == Address(view="run", run="r1", version="v2")
    assert _read(address.link(view="spawning")) == address


def test_unknown_views_and_parameters_are_left_out() -> None:
    assert Address.from_query({"view": "nowhere", "colour": "red", "run": ""}) == Address()


def test_every_view_has_a_name_in_the_address() -> None:
    assert tuple(VIEWS) == VIEW_NAMES


def test_filter_asks_for_what_the_address_names() -> None:
    asked = Address(run="r1", project="p", version="v", task="t").run_filter()
    assert (asked.runs, asked.project, asked.version, asked.task_type) == (("r1",), "p", "v", "t")
    assert asked.since_ns is None


def test_since_is_cut_to_the_minute_so_that_answers_can_be_kept() -> None:
    since_ns = Address(since="1h").run_filter().since_ns
    assert since_ns is not None
    assert since_ns % 60_000_000_000 == 0
    assert 3_600 <= datetime.now(UTC).timestamp() - since_ns / 1e9 < 3_700


def test_since_that_is_no_time_is_an_error() -> None:
    with pytest.raises(InputError, match="'yesterday' is no time"):
        Address(since="yesterday").run_filter()
