"""Make the pictures of ``docs/images`` again: ``python docs/make_images.py``.

It runs the bundled demo into a store of its own, serves it, and looks at it with the Chromium on PATH.
"""

import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tierscope.instrumentation.store import Store
from tierscope.metrics import RunFilter, load_frames, select_runs

IMAGES = Path(__file__).resolve().parent / "images"
SCENARIOS = ("baseline", "bottleneck", "compression", "spawn-storm", "silent-failure")
TIERSCOPE = [sys.executable, "-m", "tierscope"]


def record(store: Path) -> None:
    """Run every scenario of the demo, with its guards and without."""
    for scenario in SCENARIOS:
        for guards in ([], ["--unprotected"]):
            command = [*TIERSCOPE, "demo", scenario, *guards, "--no-serve", "--store", str(store)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serve(store: Path) -> Generator[str]:
    """The dashboard on a store; its address."""
    command = [*TIERSCOPE, "serve", "--store", str(store), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if server.stdout is None:
        raise RuntimeError("the server has no output to read its address from")
    yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
    server.send_signal(signal.SIGINT)
    server.communicate()


def find_agent(store: Path, label: str, agent: str) -> str:
    """Query parameters of an agent in the run of a label."""
    opened = Store(store)
    invocations = load_frames(opened, ["invocations"], select_runs(opened, RunFilter(runs=(label,))))["invocations"]
    found = invocations.filter(agent=agent).row(0, named=True)
    return f"run={found['run_id']}&agent={found['invocation_id']}"


def take(page: Page, address: str, name: str, wait_for: str, height: int) -> None:
    """Picture of a page, once something on it is there and nothing on it is still being computed."""
    page.set_viewport_size({"width": 1360, "height": height})
    page.goto(address)
    page.locator(wait_for).first.wait_for(timeout=120_000)
    drawn = page.locator("[data-testid=stApp][data-test-script-state=notRunning]")
    drawn.wait_for()  # what is still being computed is said last
    page.locator(".ts-waiting").wait_for(state="detached", timeout=120_000)
    page.wait_for_load_state("networkidle")
    drawn.wait_for()
    page.screenshot(path=IMAGES / f"{name}.png")


def main() -> None:
    """Record, serve, look, and write the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        store = Path(folder) / "tierscope.duckdb"
        record(store)
        slow = find_agent(store, "bottleneck unprotected", "filings-analyst")
        lossy = find_agent(store, "compression unprotected", "company")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        with serve(store) as address:
            take(page, address, "overview", ".ts-alerts", 900)
            take(page, f"{address}/?view=run&{slow}", "run", ".row", 1120)
            take(page, f"{address}/?view=retention&{lossy}", "retention", ".ts-signal", 1060)
        browser.close()


if __name__ == "__main__":
    main()
