"""A page follows the store: spans appear while their run is being recorded, without a reload."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.dashboard.slow_link import slow_link
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

OpenPage = Callable[[str], Page]

PROGRAM = """
import sys
from tierscope.instrumentation import configure, invocation

configure(store=sys.argv[1])
with invocation("director") as director:
    with invocation("analyst") as analyst:
        print("started", flush=True)
        sys.stdin.readline()
        analyst.output = "Sales fell 3 percent."
    director.output = "Hold."
"""


@pytest.fixture
def recording(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A program at work, with an agent that goes on until it is told to end."""
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.duckdb")]
    program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    yield program
    program.communicate(timeout=120)


def test_missing_store_says_what_to_do_and_fills_by_itself(
    tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage
) -> None:
    page = open_page(serve(tmp_path / "s.duckdb"))
    expect(page.locator(".ts-heading h1")).to_have_text("Nothing recorded yet")
    expect(page.locator(".ts-empty code").first).to_have_text("tierscope demo")
    expect(page.get_by_text("This cannot be shown.")).to_have_count(0)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "s.duckdb")]
    subprocess.run(command, input="\n", stdout=subprocess.PIPE, text=True, check=True)
    expect(page.locator(".ts-table tbody tr")).to_have_count(1)


def test_run_is_shown_while_it_is_recorded(
    recording: subprocess.Popen[str], tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage
) -> None:
    assert recording.stdout is not None
    assert recording.stdin is not None
    assert recording.stdout.readline() == "started\n"
    page = open_page(f"{serve(tmp_path / 's.duckdb')}/?view=run")
    expect(page.locator(".row .status.running")).to_have_count(2)
    expect(page.locator(".ts-store")).to_contain_text("1 running now")
    page.locator(".row", has_text="analyst").click()
    expect(page.locator(".ts-agent h2")).to_contain_text("analyst")
    recording.stdin.write("\n")
    recording.stdin.flush()
    expect(page.locator(".row .status")).to_have_count(0)
    expect(page.locator(".ts-stored:visible")).to_have_text("Sales fell 3 percent.")


def test_store_that_is_none_is_named_on_the_page(
    tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage
) -> None:
    (tmp_path / "s.duckdb").write_text("no database at all, but long enough to be looked at " * 200)
    page = open_page(serve(tmp_path / "s.duckdb"))
    expect(page.locator(".ts-empty").first).to_contain_text("is not a DuckDB database")


def _record(store: Store, name: str) -> None:
    run = RunBuilder(name)
    run.agent("director", output="Hold.")
    run.agent("analyst", "director", output="Sales fell 3 percent in June.")
    save_runs(store, [run])


def test_text_being_typed_outlasts_new_spans(tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage) -> None:
    store = Store(tmp_path / "s.duckdb")
    _record(store, "first")
    page = open_page(f"{serve(store.path)}/?view=retention&signals=every")
    expect(page.locator(".ts-signal")).to_have_count(1)
    find = page.get_by_placeholder("find in signals")
    find.press_sequentially("no such")
    for count, name in enumerate(("second", "third"), start=2):
        _record(store, name)
        expect(page.locator(".ts-store")).to_contain_text(f"{count} runs")
        expect(page.locator(".ts-signal")).to_have_count(count)
        expect(find).to_have_value("no such")
    find.press_sequentially(" text")
    find.press("Enter")
    expect(page.locator(".ts-empty")).to_contain_text("No such signal")
    expect(page).to_have_url(re.compile(r"find=no\+such\+text"))


def test_choice_outlasts_new_spans_that_arrive_before_the_browser_has_heard_of_it(
    tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage
) -> None:
    store = Store(tmp_path / "s.duckdb")
    _record(store, "first")
    with slow_link(serve(store.path)) as link:
        page = open_page(f"{link.address}/?view=retention&signals=every")
        expect(page.locator(".ts-signal")).to_have_count(1)
        find = page.get_by_placeholder("find in signals")
        link.delay_s = 1.5
        find.fill("no such text")
        find.press("Enter")
        _record(store, "second")
        expect(page.locator(".ts-store")).to_contain_text("2 runs")
        page.wait_for_timeout(5000)
        expect(page.locator(".ts-empty")).to_contain_text("No such signal")
        expect(page).to_have_url(re.compile(r"find=no\+such\+text"))
        expect(find).to_have_value("no such text")
        page.go_back()
        _record(store, "third")
        expect(page.locator(".ts-signal")).to_have_count(3)
        expect(find).to_have_value("")
        link.delay_s = 0.0
