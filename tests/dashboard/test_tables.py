"""Tables in the order that a reader asks for, in a real browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

OpenPage = Callable[[str], Page]
DURATIONS_MS = {"brief": 90, "long": 12_000, "middling": 800, "untimed": None}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    store = Store(tmp_path_factory.mktemp("tables") / "s.duckdb")
    runs: list[RunBuilder] = []
    for label, duration_ms in DURATIONS_MS.items():
        run = RunBuilder(f"{label}-run", label=label)
        run.agent("root", ms=None if duration_ms is None else (0, duration_ms), output="Done.")
        runs.append(run)
    save_runs(store, runs)
    return serve(store.path)


def _expect_runs(page: Page, *labels: str) -> None:
    expect(page.locator(".ts-table tbody td:first-child a")).to_have_text(labels)


def test_heading_sorts_by_value_the_largest_first_and_then_the_other_way_round(
    address: str, open_page: OpenPage
) -> None:
    page = open_page(address)
    heading = page.locator(".ts-table th", has_text="duration")
    heading.locator("a").click()
    _expect_runs(page, "long", "middling", "brief", "untimed")
    expect(heading).to_have_attribute("aria-sort", "descending")
    heading.locator("a").click()
    _expect_runs(page, "brief", "middling", "long", "untimed")
    expect(heading).to_have_attribute("aria-sort", "ascending")


def test_texts_are_sorted_from_a_to_z_first(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.locator(".ts-table th a", has_text="run").click()
    _expect_runs(page, "brief", "long", "middling", "untimed")


def test_link_reopens_the_order_and_other_views_do_not_keep_it(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?sort=-duration")
    _expect_runs(page, "long", "middling", "brief", "untimed")
    page.locator(".ts-nav a", has_text="Spawning").click()
    expect(page).to_have_url(re.compile(r"view=spawning$"))


def test_unknown_heading_leaves_the_order_as_it_is(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?sort=nothing")
    expect(page.locator(".ts-table tbody tr")).to_have_count(len(DURATIONS_MS))
    expect(page.locator(".ts-table th[aria-sort]")).to_have_count(0)
