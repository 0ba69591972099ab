"""A real server in a process of its own, and a real browser that looks at it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright, Request, expect, sync_playwright

BROWSER_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DEADLINE_MS = 120_000
Serve = Callable[..., str]
OpenPage = Callable[[str], Page]
expect.set_options(timeout=DEADLINE_MS)


# Playwright keeps an event loop running in its thread: for a module only, or asyncio.run would fail in all later tests.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, without any browser of its own."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def context(
    playwright: Playwright, chromium: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    """A browser with an empty profile."""
    opened = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("profile"),
        executable_path=chromium,
        headless=True,
        args=BROWSER_ARGUMENTS,
        viewport={"width": 1440, "height": 1000},
    )
    yield opened
    opened.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[OpenPage]:
    """Open an address in a new tab; fails where a page raised an error or asked another machine for anything."""
    pages: list[Page] = []
    errors: list[str] = []
    foreign: list[str] = []

    def note_request(request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            foreign.append(request.url)

    def start(address: str) -> Page:
        page = context.new_page()
        pages.append(page)
        page.set_default_timeout(DEADLINE_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", note_request)
        page.goto(address)
        return page

    yield start
    for page in pages:
        assert page.locator('[data-testid="stException"]').count() == 0
        page.close()
    assert (errors, foreign) == ([], [])


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of vectors and scores that all servers share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def serve(cache: Path) -> Iterator[Serve]:
    """Start ``tierscope serve`` on a store and return its address; Ctrl-C ends it cleanly after the module."""
    servers: list[subprocess.Popen[str]] = []
    environment = {**os.environ, "TIERSCOPE_CACHE_DIR": str(cache)}

    def start(store: Path, *arguments: str) -> str:
        command = [sys.executable, "-m", "tierscope", "serve", "--store", str(store), "--port", "0", *arguments]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, cwd=store.parent)
        servers.append(server)
        assert server.stdout is not None
        line = server.stdout.readline()
        return next(word for word in line.split() if word.startswith("http"))

    yield start
    for server in servers:
        server.send_signal(signal.SIGINT)
    for server in servers:
        # Reads to the end and closes the pipe.
        server.communicate(timeout=120)
    assert [server.returncode for server in servers] == [0] * len(servers)
