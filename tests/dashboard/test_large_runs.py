"""Runs of tens of thousands of spans and a hundred and fifty tiers stay usable, and say what they leave out."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tierscope.dashboard.figures.timeline import MOST_BARS
from tierscope.instrumentation.runs import Invocation
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

AGENTS = 33_000
DEEPEST = 150
OpenPage = Callable[[str], Page]


def _agent(number: int, parent: int | None, tier: int) -> Invocation:
    start = 1_700_000_000_000_000_000 + number * 1_000_000
    return Invocation(
        id=f"large:{number:05}",
        parent_id=None if parent is None else f"large:{parent:05}",
        agent=f"agent-{number:05}",
        tier=tier,
        role=None,
        declared_role=None,
        domain=f"domain-{number % 5}",
        status="ok",
        status_message=None,
        started_ns=start,
        ended_ns=start + (1 + number % 100) * 10_000_000,
        input="question",
        output=f"Answer number {number}.",
        input_tokens=None,
        output_tokens=None,
        model_calls=0,
        tier_source="declared",
        tier_confidence=1.0,
    )


def _large_run() -> RunBuilder:
    """A chain down to the deepest tier, then leaves below its agents in turn."""
    run = RunBuilder("large", label="large", spawn_limit=3)
    run.invocations += [_agent(tier, tier - 1 if tier else None, tier) for tier in range(DEEPEST + 1)]
    for number in range(DEEPEST + 1, AGENTS):
        parent = number % DEEPEST
        run.invocations.append(_agent(number, parent, parent + 1))
    return run


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    store = Store(tmp_path_factory.mktemp("large") / "s.duckdb")
    save_runs(store, [_large_run()])
    return serve(store.path)


def test_tree_holds_every_agent_and_draws_only_those_in_sight(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run")
    count = page.locator(".waterfall .count")
    expect(count).to_have_text(re.compile(rf"showing \d+ of {AGENTS:,} agents"))
    page.get_by_role("button", name="open all").click()
    expect(count).to_have_text(f"{AGENTS:,} agents")
    assert page.locator(".row").count() < 100
    page.locator(".list").evaluate("list => list.scrollTo(0, list.scrollHeight)")
    expect(page.locator(".row").last).to_be_visible()
    assert page.locator(".row").count() < 100


def test_deepest_agent_can_be_found_opened_and_linked(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run")
    page.get_by_placeholder("find an agent by name").fill(f"agent-00{DEEPEST}")
    expect(page.locator(".row")).to_have_count(1)
    page.locator(".row").click()
    expect(page.locator(".ts-stored:visible")).to_have_text(f"Answer number {DEEPEST}.")
    expect(page).to_have_url(re.compile(r"agent="))
    again = open_page(page.url)
    chosen = again.locator(".row[aria-selected=true]")
    expect(chosen.locator(".name")).to_have_text(f"agent-00{DEEPEST}")
    expect(chosen.locator(".tier")).to_have_text(str(DEEPEST))


def test_figures_and_tables_say_what_they_leave_out(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run")
    expect(page.get_by_text(f"showing {MOST_BARS} of {AGENTS:,} agents, the longest of each tier")).to_be_visible()
    page.locator(".ts-nav a", has_text="Completion time").click()
    expect(page.locator(".ts-note", has_text=re.compile(r"showing 30 of 1\d\d groups"))).to_be_visible()
    page.locator(".ts-nav a", has_text="Spawning").click()
    expect(page.locator(".ts-figure.alert")).to_contain_text("of 1 run")
    page.goto(f"{address}/?view=metrics&metric=token_cost")
    expect(page.get_by_text(f"showing 200 of {AGENTS:,} rows")).to_be_visible()
