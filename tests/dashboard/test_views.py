"""Every view, clicked through in a real browser against a real store."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics import compute, load_registry
from tierscope.metrics.format import format_cell, format_value
from tierscope.metrics.testing import RunBuilder, save_runs

FOOTNOTE = "The filing's note 14 discloses an open SEC inquiry into revenue recognition."
SYNTHESIS = "Revenue grew 12 percent on strong orders. Margins held at 41 percent."


def _research(id_: str, label: str, version: str, slow: float) -> RunBuilder:
    run = RunBuilder(id_, label=label, version=version, spawn_limit=2)
    run.agent("director", ms=(0, 400 + slow), input="Is Northwind a buy?", output="Buy. Revenue grew 12 percent.")
    run.agent("company", "director", (10, 300 + slow), output=SYNTHESIS, tokens=(100, 20))
    run.agent("filings", "company", (20, 250 + slow), input="Read the filings.", output=f"Orders rose. {FOOTNOTE}")
    run.agent("earnings", "company", (20, 120), output="Revenue grew 12 percent on strong orders.")
    run.agent("macro", "director", (10, 100), output="Rates are steady.")
    run.agent("rates", "macro", (20, 90), output="The policy rate is steady at 3 percent.", status="error")
    run.signal("filings", FOOTNOTE, critical=True, source="10-K")
    run.signal("earnings", "Revenue grew 12 percent on strong orders.")
    return run


def _reports() -> RunBuilder:
    run = RunBuilder("untimed-run", label="reports")
    run.agent("manager", output="Hold.")
    run.agent("analyst", "manager", output="Sales fell 3 percent in June.")
    return run


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    stored = Store(tmp_path_factory.mktemp("views") / "s.duckdb")
    deep = _research("deep-run", "deep", "v2", 50)
    deep.agent("helper", "filings", (30, 60), output="Found it.")
    runs = [_research("quick-run", "quick", "v1", 0), _research("slow-run", "slow", "v2", 900), deep, _reports()]
    save_runs(stored, runs)
    return stored


@pytest.fixture(scope="module")
def address(store: Store, serve: Callable[[Path], str]) -> str:
    return serve(store.path)


OpenPage = Callable[[str], Page]


def _heading(page: Page, text: str) -> None:
    expect(page.locator(".ts-heading h1")).to_have_text(text)


def test_overview_names_bottleneck_breach_and_runs_and_each_leads_further(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    _heading(page, "Overview")
    bottleneck = page.locator(".ts-figure", has_text="Bottleneck tier")
    expect(bottleneck.locator(".value")).to_have_text("tier 1")
    expect(bottleneck.locator(".basis")).to_contain_text("n=6")
    expect(page.locator(".ts-alerts li.alert", has_text="Depth breach")).to_contain_text("deep")
    expect(page.locator(".ts-table tbody tr")).to_have_count(4)
    bottleneck.click()
    _heading(page, "Completion time")
    expect(page).to_have_url(re.compile(r"view=time"))


def test_alert_leads_to_the_agent_that_it_is_about(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.locator(".ts-alerts li", has_text="Depth breach").locator("a").click()
    _heading(page, "deep")
    expect(page.locator(".ts-agent h2")).to_contain_text("helper")


def test_clicked_agent_shows_its_texts_and_its_link_reopens_it(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=slow-run")
    _heading(page, "slow")
    expect(page.locator(".ts-agent h2")).to_contain_text("director")
    page.locator(".row", has_text="filings").click()
    expect(page.locator(".ts-agent h2")).to_contain_text("filings")
    expect(page.locator(".ts-stored:visible")).to_contain_text(FOOTNOTE)
    page.get_by_role("tab", name="Input").click()
    expect(page.locator(".ts-stored:visible")).to_have_text("Read the filings.")
    page.get_by_role("tab", name="Signals (1)").click()
    expect(page.locator(".ts-signals:visible")).to_contain_text("source 10-K")
    page.get_by_role("tab", name="Evidence").click()
    expect(page.locator(".ts-evidence:visible")).to_contain_text("Confidence 100 %")
    again = open_page(page.url)
    expect(again.locator(".ts-agent h2")).to_contain_text("filings")


def test_tree_closes_opens_and_finds_agents_and_says_how_many_are_shown(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=quick-run")
    expect(page.locator(".row")).to_have_count(6)
    page.get_by_role("button", name="close all").click()
    expect(page.locator(".count")).to_have_text("showing 1 of 6 agents")
    page.get_by_role("button", name="open all").click()
    expect(page.locator(".count")).to_have_text("6 agents")
    page.get_by_placeholder("find an agent by name").fill("rates")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row .status")).to_have_text("error")


def test_bar_of_the_timeline_opens_its_agent(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=quick-run")
    # The first bar of the second trace is the first agent of tier 1 to start, in this run "company".
    page.locator(".js-plotly-plot .trace.bars").nth(1).locator("path").first.click(force=True)
    expect(page.locator(".ts-agent h2")).to_contain_text("company")
    expect(page).to_have_url(re.compile(r"agent=quick-run"))


def test_completion_time_can_be_grouped_and_shows_the_same_figures_as_the_metric(
    store: Store, address: str, open_page: OpenPage
) -> None:
    page = open_page(f"{address}/?view=time")
    page.get_by_text("by agent", exact=True).click()
    expect(page).to_have_url(re.compile(r"by=agent"))
    frame = compute("tier_completion", store, by=("agent",))
    figures = page.locator(".ts-table").last.locator("tbody tr")
    expect(figures).to_have_count(frame.height)
    for row in frame.iter_rows(named=True):
        shown = figures.filter(has=page.locator(f"td:first-child:text-is('{row['agent']}')"))
        expect(shown.locator("td").nth(6)).to_have_text(format_cell(row["p95_ms"], "p95_ms"))


def test_joins_say_whom_the_others_waited_for_and_lead_there(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=time&run=slow-run")
    joins = page.locator(".ts-table").first.locator("tbody tr")
    expect(joins.first.locator("td").nth(5)).to_have_text("company")
    joins.filter(has_text="filings").locator("a").click()
    expect(page.locator(".ts-agent h2")).to_contain_text("company")


def test_retention_sets_the_lost_footnote_beside_what_the_synthesis_says(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=retention&run=slow-run&signals=critical")
    expect(page.locator(".ts-ladder tr.whole")).to_contain_text("end to end")
    lost = page.locator(".ts-signal").first
    expect(lost.locator(".ts-way")).to_contain_text("company lost")
    leaf, synthesis = lost.locator(".ts-pair > div").all()
    expect(leaf.locator(".ts-stored")).to_have_text(FOOTNOTE)
    expect(synthesis.locator("h4")).to_have_text("company says nearest to it")
    page.get_by_placeholder("find in signals").fill("nothing like it")
    page.keyboard.press("Enter")
    expect(page.locator(".ts-empty")).to_contain_text("No such signal")
    expect(page).to_have_url(re.compile(r"find=nothing"))


def test_retention_shows_the_share_that_the_metric_computes(store: Store, address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=retention")
    whole = compute("synthesis_retention", store).filter(hop="end to end").row(0, named=True)
    rung = page.locator(".ts-ladder tr.whole td").nth(2)
    expect(rung.locator("strong")).to_have_text(format_value(whole["retained_share"], "share"))
    expect(rung).to_contain_text(f"n={whole['n']}")


def test_spawning_marks_the_run_past_its_limit(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=spawning")
    expect(page.locator(".ts-figure.alert")).to_contain_text("of 4 runs")
    first = page.locator(".ts-table tbody tr").first
    expect(first).to_contain_text("deep")
    expect(first.locator("td").nth(3)).to_have_text("2")


def test_dependencies_show_a_matrix_of_the_domains(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=dependencies")
    expect(page.locator(".ts-figure").first).to_contain_text("of 2 ordered pairs")
    expect(page.locator(".js-plotly-plot")).to_contain_text("company")


def test_every_registered_metric_can_be_chosen_and_has_a_table(store: Store, address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=metrics")
    for name, metric in load_registry().items():
        choice = page.get_by_role("combobox", name="Metric")
        choice.click()
        choice.press_sequentially(metric.title)  # the list holds only the entries in view
        page.get_by_role("option", name=metric.title, exact=True).click()
        expect(page.locator(".ts-note", has_text=metric.summary)).to_be_visible()
        rows = compute(name, store).height
        expect(page.locator(".ts-table tbody tr")).to_have_count(rows)
        expect(page.locator(".ts-empty")).to_have_count(0 if rows else 1)


def test_filters_narrow_every_view_and_stand_in_the_address(address: str, open_page: OpenPage) -> None:
    page = open_page(address)
    page.get_by_test_id("stSelectbox").filter(has_text="Version").get_by_role("combobox").click()
    page.get_by_role("option", name="v2").click()
    expect(page).to_have_url(re.compile(r"version=v2"))
    expect(page.locator(".ts-table tbody tr")).to_have_count(2)
    again = open_page(page.url)
    expect(again.locator(".ts-store")).to_contain_text("2 of 4 runs")
    expect(again.locator(".ts-table tbody tr")).to_have_count(2)
    again.locator(".ts-nav a", has_text="Spawning").click()
    expect(again.locator(".ts-figure").first).to_contain_text("of 2 runs")


def test_back_button_returns_to_the_page_before(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=spawning")
    _heading(page, "Spawning")
    page.locator(".ts-table tbody a").first.click()
    _heading(page, "deep")
    page.go_back()
    _heading(page, "Spawning")


def test_going_back_before_the_page_is_drawn_is_no_choice_of_a_run(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=spawning")
    for _ in range(8):
        _heading(page, "Spawning")
        page.locator(".ts-table tbody a").first.click()
        expect(page).to_have_url(re.compile(r"view=run"))
        page.go_back()
    _heading(page, "Spawning")
    expect(page).to_have_url(re.compile(r"view=spawning$"))


def test_filters_that_no_run_passes_say_so(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=time&project=nobody")
    _heading(page, "Completion time")
    expect(page.locator(".ts-empty")).to_contain_text("No run passes these filters")


def test_address_of_a_run_that_is_not_stored_says_so(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=time&run=gone-run")
    expect(page.locator(".ts-empty").first).to_contain_text("There is no run 'gone-run'")


def test_run_without_times_shows_its_tree_and_says_that_it_has_none(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=untimed-run")
    expect(page.locator(".row")).to_have_count(2)
    expect(page.locator(".row .time").first).to_have_text("—")
    expect(page.locator(".ts-empty", has_text="This run has no times")).to_be_visible()
    page.locator(".ts-nav a", has_text="Completion time").click()
    expect(page.locator(".ts-empty", has_text="None of these runs has times")).to_be_visible()
