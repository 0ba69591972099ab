"""The list of signals in the retention view, in a real browser."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

NOTE = "Note 14 discloses an open inquiry into revenue recognition."


def test_what_several_calls_of_an_agent_lost_alike_is_listed_once_with_their_number(
    tmp_path: Path, serve: Callable[[Path], str], open_page: Callable[[str], Page]
) -> None:
    run = RunBuilder("one-run")
    run.agent("director", output="Buy.")
    for _ in range(3):
        run.signal(run.agent("filings", "director", output=NOTE), NOTE)
    run.signal(run.agent("auditor", "director", output=NOTE), NOTE)
    store = Store(tmp_path / "s.duckdb")
    save_runs(store, [run])
    page = open_page(f"{serve(store.path)}/?view=retention&signals=lost")
    expect(page.get_by_text("lost 4", exact=True)).to_be_visible()
    listed = page.locator(".ts-signal .ts-way")
    expect(listed).to_have_count(2)
    expect(listed.filter(has_text="filings")).to_contain_text("in 3 calls")
    expect(listed.filter(has_text="auditor")).not_to_contain_text("calls")
