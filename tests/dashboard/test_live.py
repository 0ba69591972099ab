"""A page follows the store: spans appear while their run is being recorded, without a reload."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

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
