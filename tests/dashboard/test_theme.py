"""Light and dark pages, each with every text readable, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from tierscope.instrumentation.store import Store
from tierscope.metrics.testing import RunBuilder, save_runs

OpenPage = Callable[[str], Page]
LEAST_CONTRAST = 4.5
"""Between text and ground, as WCAG 2.2 asks at level AA."""

FIND_FAINT = """
least => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  function luminance(colour) {
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(byte => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  const ground = luminance(getComputedStyle(document.querySelector(".stApp")).backgroundColor);
  const texts = document.querySelectorAll(
    ".js-plotly-plot text, .js-plotly-plot tspan, .ts-table td, .ts-table th, .ts-table a, .ts-heading h1, .lead," +
    " .ts-note, .ts-figure .title, .ts-figure .value, .ts-figure .basis, .ts-nav a");
  return [...texts].filter(text => text.textContent.trim()).map(text => {
    const style = getComputedStyle(text);
    const own = luminance(text instanceof SVGElement ? style.fill : style.color);
    return [text.textContent, (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05)];
  }).filter(([, contrast]) => contrast < least);
}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, serve: Callable[[Path], str]) -> str:
    store = Store(tmp_path_factory.mktemp("theme") / "s.duckdb")
    run = RunBuilder("one-run", label="one")
    run.agent("root", ms=(0, 900), output="Sales rose.")
    run.agent("company", "root", (10, 700), output="Sales rose 4 percent.")
    run.agent("filings", "company", (20, 300), output="Sales rose 4 percent. Costs fell.")
    save_runs(store, [run])
    return serve(store.path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_every_view_can_be_read(
    scheme: Literal["light", "dark"], address: str, open_page: OpenPage
) -> None:
    page = open_page("about:blank")
    page.emulate_media(color_scheme=scheme)
    for view, figures in {"overview": 0, "run": 1, "time": 2, "spawning": 2, "metrics&metric=token_cost": 1}.items():
        page.goto(f"{address}/?view={view}")
        expect(page.locator(".js-plotly-plot:has(text)")).to_have_count(figures)
        expect(page.locator(".ts-heading h1")).to_be_visible()
        assert page.locator(".stApp").evaluate("app => getComputedStyle(app).colorScheme") == scheme
        assert page.evaluate(FIND_FAINT, LEAST_CONTRAST) == []
