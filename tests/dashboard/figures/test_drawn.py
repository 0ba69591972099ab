"""Figures as a browser draws them: what no look at the figure's data tells."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page

from tierscope.dashboard.figures import Figure, render_bars, render_intervals, render_timeline
from tierscope.metrics.testing import RunBuilder, query_runs


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    opened = context.new_page()
    yield opened
    opened.close()


def _draw(page: Page, figure: Figure) -> None:
    page.set_content(figure.to_html())
    page.locator(".xtitle").wait_for()


def test_bars_of_the_timeline_are_as_high_as_their_lanes_however_many_tiers_there_are(page: Page) -> None:
    run = RunBuilder()
    run.agent("root", ms=(0, 100))
    run.agent("first", "root", (0, 40))
    run.agent("second", "root", (50, 90))
    run.agent("leaf", "second", (55, 60))
    _draw(page, render_timeline(query_runs([run], ["invocations"])["invocations"]))
    bars = [bar.bounding_box() for bar in page.locator(".trace.bars path").all()]
    lane_px = page.locator(".nsewdrag").evaluate("plot => plot.getBoundingClientRect().height") / 3
    assert len(bars) == 4  # on three lanes
    assert all(bar is not None and bar["height"] > lane_px / 2 for bar in bars)


@pytest.mark.parametrize(
    "figure",
    [
        render_bars(["one"], [1.0], unit="agents", title="agents"),
        render_intervals(["one"], [0.5], [(0.4, 0.6)], [9], "signals retained"),
    ],
)
def test_title_of_the_axis_stands_below_its_ticks_in_a_figure_of_one_row(page: Page, figure: Figure) -> None:
    _draw(page, figure)
    ticks = [tick.bounding_box() for tick in page.locator(".xtick text").all()]
    title = page.locator(".xtitle").bounding_box()
    assert title is not None
    assert ticks
    assert all(tick is not None and tick["y"] + tick["height"] <= title["y"] for tick in ticks)
