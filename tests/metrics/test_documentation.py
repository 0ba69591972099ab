"""docs/metrics.md says of every registered metric what the registry says, and what a reader must know."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from tierscope.metrics import Metric, load_registry
from tierscope.metrics.retention import SCORERS
from tierscope.metrics.testing import RunBuilder, measure

PAGE = Path(__file__).parents[2] / "docs" / "metrics.md"
WAYS = {"lower": "lower is better", "higher": "higher is better", "neutral": "neither way is better"}


def _sections() -> dict[str, str]:
    parts = re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {part.partition("\n")[0]: " ".join(part.split()) for part in parts}


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _facts(metric: Metric) -> list[str]:
    unit = f"{metric.unit}, " if metric.unit else ""
    facts = [f"One row per {_names(metric.grain)}. Key figure: `{metric.value}` ({unit}{WAYS[metric.direction]})."]
    facts += [f"Groups: {_names(metric.by)}."] if metric.by else []
    facts += [f"Options: {_names(tuple(metric.options))}."] if metric.options else []
    return facts


@pytest.mark.parametrize("metric", load_registry().values(), ids=lambda metric: metric.name)
def test_page_says_of_a_metric_what_the_registry_says(metric: Metric) -> None:
    section = _sections()[metric.name]
    assert metric.summary in section
    for fact in _facts(metric):
        assert fact in section
    for label in ("Definition", "Formula", "How to read it", "What it cannot tell"):
        assert re.search(rf"\*\*{label}\.\*\* [\w`]", section), label


def test_page_has_no_metric_that_is_not_registered() -> None:
    assert set(_sections()) - set(load_registry()) == {"A metric of your own"}


def test_columns_that_the_page_names_exist() -> None:
    metrics = load_registry().values()
    known = {
        "measure",
        *(one.name for one in fields(Metric)),
        *load_registry(),
        *(column for metric in metrics for column in metric.frame_schema),
    }
    known |= {name for metric in metrics for name in (*metric.options, *metric.by)} | set(SCORERS)
    for section, text in _sections().items():
        for word in re.findall(r"`([a-z][a-z_]+)`", text):
            assert word in known, f"{section} names `{word}`"


def test_example_of_a_metric_of_ones_own_works() -> None:
    example = re.search(r"```python\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    made: dict[str, Metric] = {}
    exec(example[1], made)
    run = RunBuilder()
    run.agent("root", ms=(0, 90_000))
    run.agent("leaf", "root", (0, 50_000))
    assert measure(made["SLOW_AGENTS"], run).rows(named=True) == [{"agent": "root", "n": 1, "runs": 1}]
    assert measure(made["SLOW_AGENTS"], run, over_ms=10_000).height == 2
