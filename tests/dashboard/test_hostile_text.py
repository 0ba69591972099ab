"""What agents wrote is data: it never runs, never formats, and never hides what was left out."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

SCRIPT = "<script>window.broken = true</script>"
IMAGE = "<img src=x onerror='window.broken=true'>"
MARKDOWN = "**bold** [link](javascript:window.broken=true) :material/home: $x^2$ # heading"
HOSTILE = f"{SCRIPT} {IMAGE} {MARKDOWN}"
MEGABYTE = 1_048_576


def _hostile_run() -> RunBuilder:
    run = RunBuilder("hostile-run", label=f"label {HOSTILE}", version=f"v {HOSTILE}", task_type=f"task {HOSTILE}")
    root = run.agent(f"root {HOSTILE}", ms=(0, 100), input=HOSTILE, output=f"{HOSTILE} </div></article>")
    domain = run.agent(f"domain {HOSTILE}", root, (10, 90), output=f"{HOSTILE} grew 12 percent.")
    run.agent(f"leaf {HOSTILE}", domain, (20, 80), output="x" * MEGABYTE)
    run.agent(f"other {HOSTILE}", root, (95, 99), output=f"Orders fell 3 percent, says {HOSTILE}.", status="error")
    run.signal(f"leaf {HOSTILE}", f"CRITICAL {HOSTILE} fell 7 percent.", critical=True, source=HOSTILE)
    run.signal(f"domain {HOSTILE}", "y" * 3_000)
    run.gap(f"root {HOSTILE}", f"gone {HOSTILE}", partial=HOSTILE)
    run.refusal(f"root {HOSTILE}", f"refused {HOSTILE}", 9)
    return run


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    store = Store(tmp_path_factory.mktemp("hostile") / "s.duckdb")
    save_runs(store, [_hostile_run()])
    return serve(store.path)


OpenPage = Callable[[str], Page]


def _assert_harmless(page: Page) -> None:
    assert page.evaluate("window.broken === undefined")
    assert page.locator("img[src='x']").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0
    assert page.locator("strong:text-is('bold'), b:text-is('bold'), em:text-is('bold')").count() == 0


@pytest.mark.parametrize("view", ["overview", "run", "time", "retention", "spawning", "dependencies", "metrics"])
def test_no_view_runs_or_formats_stored_text(view: str, address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view={view}&by=agent&signals=every&metric=alerts")
    expect(page.locator(".ts-heading h1")).to_be_visible()
    expect(page.locator(".ts-table, .ts-empty, .waterfall, .ts-signal").first).to_be_visible()
    expect(page.locator(".ts-waiting")).to_have_count(0)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    _assert_harmless(page)
    assert SCRIPT in page.locator("body").inner_text()


def test_texts_of_an_agent_stand_as_they_were_written(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=hostile-run")
    expect(page.locator(".ts-stored:visible").first).to_have_text(f"{HOSTILE} </div></article>")
    for tab in ("Input", "Signals (0)", "Evidence"):
        page.get_by_role("tab", name=tab).click()
    page.locator(".js-plotly-plot .trace.bars path").first.hover(force=True)
    expect(page.locator(".hovertext")).to_contain_text("<script>")
    _assert_harmless(page)


def test_very_long_output_is_cut_and_says_so_and_can_be_had_whole(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=hostile-run")
    page.locator(".row", has_text="leaf").click()
    shown = page.get_by_text(f"showing the first 20,000 of {MEGABYTE:,} characters")
    expect(shown).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the whole output").click()
    assert download.value.path().stat().st_size == MEGABYTE


def test_hostile_address_is_only_text(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view={SCRIPT}&run={SCRIPT}&agent={IMAGE}&find={IMAGE}&since={SCRIPT}")
    expect(page.locator(".ts-empty")).to_contain_text("is no time")
    _assert_harmless(page)


def test_long_words_make_no_page_wider_than_the_window(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=retention&signals=every")
    expect(page.locator(".ts-signal", has_text="yyy")).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth <= main.clientWidth")
    assert page.locator(".ts-signal").evaluate_all("all => all.every(one => one.scrollWidth <= one.clientWidth)")


def test_times_above_the_bars_do_not_overlap(address: str, open_page: OpenPage) -> None:
    page = open_page(f"{address}/?view=run&run=hostile-run")
    expect(page.locator(".tick").last).to_have_text("100 ms")
    for width in (1440, 900):
        page.set_viewport_size({"width": width, "height": 1000})
        script = """axis => {
            const boxes = [...axis.children].map((tick) => tick.getBoundingClientRect());
            return boxes.length > 1 && boxes.every((box, i) => i === 0 || boxes[i - 1].right <= box.left + 0.5);
        }"""
        page.wait_for_function(script, arg=page.locator(".axis").element_handle())
