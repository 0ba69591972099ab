"""The page of open approvals, in a real browser."""

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs
from tierscope.orchestrator import ApprovalInbox, ApprovalRequest, Vote

OpenPage = Callable[[str], Page]


def test_requests_come_count_their_votes_and_go_while_the_page_is_open(
    tmp_path: Path, serve: Callable[[Path], str], open_page: OpenPage
) -> None:
    store = Store(tmp_path / "s.duckdb")
    run = RunBuilder("one-run")
    run.agent("release", output="Done.")
    save_runs(store, [run])
    inbox = ApprovalInbox(store.path)
    page = open_page(f"{serve(store.path)}/?view=approvals")
    expect(page.locator(".ts-empty")).to_contain_text("Nothing is waiting for approval.")
    asked = ApprovalRequest("r1", "release", "deploy", "<b>ship</b> 1.2?", 0, ("ann", "bob"), 2)
    key = inbox.put(asked)
    row = page.locator(".ts-table tbody tr")
    expect(row.locator(".ts-stored")).to_have_text("<b>ship</b> 1.2?")
    expect(row).to_contain_text("ann, bob")
    expect(page.locator(".ts-note code")).to_have_text(
        f"tierscope approvals approve {key[-8:]} --as NAME --store {store.path}"
    )
    expect(row.locator("td.number")).to_have_text(["0", "2"])
    filtered = open_page(page.url + "&project=nobody")
    expect(filtered.locator(".ts-table tbody tr")).to_contain_text("ann, bob")
    inbox.vote(key, Vote("ann", approve=True))
    expect(row.locator("td.number")).to_have_text(["1", "2"])
    inbox.withdraw(key)
    expect(page.locator(".ts-empty")).to_contain_text("Nothing is waiting for approval.")
