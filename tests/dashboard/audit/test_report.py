"""What the report says, and that no recorded text becomes markup."""

import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.dashboard.audit.conftest import FOOTNOTE, GENERATED_AT, HOSTILE
from tierscope.dashboard.audit import Bundle, export_bundle
from tierscope.evals import load_suite, run_suite
from tierscope.instrumentation.store import Store
from tierscope.metrics import compute, load_registry
from tierscope.metrics.format import format_value
from tierscope.metrics.retention import open_scorer
from tierscope.metrics.testing import RunBuilder, save_runs


class Tags(HTMLParser):
    """Collects the elements of a page and what they point to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.targets: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.targets += [value or "" for name, value in attrs if name in {"src", "href"} or name.startswith("on")]


@pytest.fixture
def html(unsigned: Bundle) -> str:
    return (unsigned.folder / "report.html").read_text(encoding="utf-8")


def test_page_needs_no_script_no_network_and_no_other_file(html: str) -> None:
    tags = Tags()
    tags.feed(html)
    assert tags.found.isdisjoint({"script", "img", "link", "iframe", "object", "form"})
    assert all(target.startswith("#") for target in tags.targets)
    assert "default-src 'none'" in html


def test_recorded_text_stays_text(html: str) -> None:
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_each_tier_has_completion_retention_failures_cost_and_losses(html: str) -> None:
    company = html[html.index('id="tier-1"') : html.index('id="tier-2"')]
    for heading in ("Tier completion time", "Retention in", "Retention out", "Outcomes and failures", "Losses at this"):
        assert f">{heading}" in company
    assert "Critical, lost" in company
    assert company.count(FOOTNOTE) == 1
    assert "and 1 time more" in company
    leaves = html[html.index('id="tier-2"') : html.index('id="spawning"')]
    assert "Retention in" not in leaves
    assert ">Failures<" in leaves


def test_each_hop_has_a_bar_and_its_shares_in_words(html: str, store: Store) -> None:
    brief = html[html.index('id="brief"') : html.index('id="coverage"')]
    hops = compute("synthesis_retention", store).filter(pl.col("n") > 0)
    assert brief.count('class="bar"') == hops.height > 0
    for row in hops.iter_rows(named=True):
        said = f"lost {format_value(row['lost_share'], 'share')}".replace(" %", "\u00a0%")
        assert row["lost_share"] == 0 or said in brief
        assert f"n = {row['n']:,}</div>" in brief


def test_report_says_of_how_many_stored_runs_it_is_and_which_scorer_judged(
    html: str, store: Store, tmp_path: Path
) -> None:
    scorer = open_scorer()
    assert "<dd>2, all that the store holds</dd>" in html
    assert f"scorer {scorer.name} {scorer.version}." in html
    bundle = export_bundle(store, ["run-2"], tmp_path / "one", generated_at=GENERATED_AT)
    assert "<dd>1 of 2 that the store holds</dd>" in (bundle.folder / "report.html").read_text(encoding="utf-8")


def test_long_text_is_cut_in_tables_and_whole_in_the_frames_beside_them(tmp_path: Path) -> None:
    run = RunBuilder()
    run.agent("root", output="Sales rose.")
    run.agent("leaf", "root", output="Sales rose.")
    run.signal("leaf", "Sales rose. " * 1_000)
    store = Store(tmp_path / "long.duckdb")
    save_runs(store, [run])
    bundle = export_bundle(store, [run.id], tmp_path / "bundle", generated_at=GENERATED_AT)
    html = (bundle.folder / "report.html").read_text(encoding="utf-8")
    assert "Sales rose. …" in html
    assert "Sales rose. " * 100 not in html
    fates = pl.read_parquet(bundle.folder / "metrics/signal_fates.parquet")
    assert fates["signal"].str.len_chars().max() == 12_000


def test_every_registered_metric_stands_in_the_method(html: str) -> None:
    method = html[html.index('id="method"') :]
    for name in load_registry():
        assert f"<code>{name}</code>" in method


def test_report_eval_and_terminal_show_the_same_number(html: str, store: Store, tmp_path: Path) -> None:
    row = compute("tier_completion", store).filter(tier=1).row(0, named=True)
    text = format_value(row["p95_ms"], "ms")
    assert f"<dd>{text}</dd>" in html[html.index('id="tier-1"') : html.index('id="tier-2"')]
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        f"suite: s\nruns: {{stored: {{}}, store: {store.path}}}\n"
        "checks: [{name: p, metric: tier_completion, where: {tier: 1}, expect: '> 0'}]\n",
        encoding="utf-8",
    )
    assert f"p95_ms is {text} at tier 1" in run_suite(load_suite(suite), suite).checks[0].reason
    command = [sys.executable, "-m", "tierscope", "metrics", "tier_completion", "--store", str(store.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert text in done.stdout


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    yield opened
    opened.close()


def test_browser_shows_hostile_text_and_asks_the_network_for_nothing(unsigned: Bundle, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    path = unsigned.folder / "report.html"
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert page.title() == "Audit report: root"
    assert HOSTILE in page.inner_text("body")


def test_no_table_is_wider_than_the_paper(unsigned: Bundle, page: Page) -> None:
    page.set_viewport_size({"width": 680, "height": 900})  # A4 less its margins, at 96 dots an inch
    page.goto((unsigned.folder / "report.html").as_uri())
    page.emulate_media(media="print")
    wide = page.evaluate("""() => [...document.querySelectorAll("table")]
        .filter(table => table.scrollWidth > document.body.clientWidth)
        .map(table => table.innerText.slice(0, 80))""")
    assert wide == []
