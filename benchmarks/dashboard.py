"""How long a page of the dashboard takes on 33,000 agents, against 40: ``python benchmarks/dashboard.py [ROUNDS]``.

A real Chromium clicks from view to view; a page counts as drawn when its server has finished with it. Between two
clicks all background work is over, so what is measured is the page and not the metrics behind it, which are computed
once for each state of the store.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, sync_playwright

from tierscope.dashboard.address import VIEW_NAMES
from tierscope.instrumentation.runs import Invocation
from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

SIZES = (40, 33_000)
DEEPEST = 150
EPOCH_NS = 1_700_000_000_000_000_000
PATIENCE_MS = 300_000


def build_run(agents: int) -> RunBuilder:
    """A chain down to the deepest tier that fits, then leaves below its agents in turn."""
    run = RunBuilder(f"run-{agents}", label=f"{agents} agents", spawn_limit=3)
    chain = min(DEEPEST, agents // 4)
    tiers: list[int] = []
    for number in range(agents):
        parent = number - 1 if number <= chain else number % chain
        tiers.append(0 if parent < 0 else tiers[parent] + 1)
        run.invocations.append(_agent(run.id, number, parent, tiers[number]))
    return run


def _agent(run_id: str, number: int, parent: int, tier: int) -> Invocation:
    start = EPOCH_NS + number * 1_000_000
    return Invocation(
        id=f"{run_id}:{number}",
        parent_id=None if parent < 0 else f"{run_id}:{parent}",
        agent=f"agent-{number % 400}",
        tier=tier,
        role=None,
        declared_role=None,
        domain=f"domain-{number % 5}",
        status="ok",
        status_message=None,
        started_ns=start,
        ended_ns=start + (1 + number % 100) * 10_000_000,
        input="question",
        output=None,
        input_tokens=None,
        output_tokens=None,
        model_calls=0,
        tier_source="declared",
        tier_confidence=1.0,
    )


@contextmanager
def serve(store: Path) -> Generator[str]:
    """The dashboard on a store; its address."""
    command = [sys.executable, "-m", "tierscope", "serve", "--store", str(store), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    yield next(word for word in server.stdout.readline().split() if word.startswith("http"))
    server.send_signal(signal.SIGINT)
    server.communicate()


def open_view(page: Page, view: str) -> float:
    """Click on a view; seconds until it was drawn. Afterwards all background work is over."""
    page.locator(f'.ts-nav a[href*="view={view}"]').click()
    started_s = time.perf_counter()
    page.locator(f'.ts-nav a.here[href*="view={view}"]').wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")
    drawn_s = time.perf_counter() - started_s
    page.locator(".ts-waiting").wait_for(state="detached", timeout=PATIENCE_MS)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(state="attached")
    return drawn_s


def measure(page: Page, agents: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each view, each opened so many times after one time that is not counted."""
    with TemporaryDirectory() as folder:
        store = Store(Path(folder) / "s.duckdb")
        save_runs(store, [build_run(agents)])
        with serve(store.path) as address:
            page.goto(address)
            for view in VIEW_NAMES:
                open_view(page, view)
            visits = [(view, open_view(page, view)) for _ in range(rounds) for view in VIEW_NAMES]
    return {view: [seconds for seen, seconds in visits if seen == view] for view in VIEW_NAMES}


def main(rounds: int = 10) -> None:
    """Print the median of each view for both sizes, and their ratio.

    Args:
        rounds: how often each view is opened.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        few, many = (measure(page, agents, rounds) for agents in SIZES)
        browser.close()
    print(f"{'view':<14}{SIZES[0]:>8} agents{SIZES[1]:>9,} agents{'slowest':>10}{'ratio':>8}   (medians, n={rounds})")
    for view in VIEW_NAMES:
        small_s, large_s = median(few[view]), median(many[view])
        print(f"{view:<14}{small_s:>13.2f} s{large_s:>14.2f} s{max(many[view]):>8.2f} s{large_s / small_s:>8.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
