"""The page on gates: its suite loads, and it leaves no key of a suite out."""

import re
from pathlib import Path
from typing import get_args

import pytest

from tierscope.evals import load_suite
from tierscope.evals.suite import Aggregate, Check, RunSource, StoredRuns, Suite

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "evals.md").read_text(encoding="utf-8")


def test_suite_on_the_page_loads(tmp_path: Path) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    path = tmp_path / "suite.yaml"
    path.write_text(block, encoding="utf-8")
    assert len(load_suite(path).checks) == 2


@pytest.mark.parametrize("model", [Suite, RunSource, StoredRuns, Check])
def test_every_key_is_on_the_page(model: type[Suite | RunSource | StoredRuns | Check]) -> None:
    missing = [
        name for name in model.model_fields if not re.search(rf"[`{{ ]{name}[`:, ]|^{name}:", PAGE, re.MULTILINE)
    ]
    assert missing == []


def test_every_aggregate_is_on_the_page() -> None:
    assert [name for name in get_args(Aggregate) if f"`{name}`" not in PAGE] == []
