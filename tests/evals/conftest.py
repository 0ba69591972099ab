"""Suites and stores for the tests of the gate."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tierscope.evals import Suite, load_suite

WriteSuite = Callable[[str], tuple[Path, Suite]]


@pytest.fixture
def write_suite(tmp_path: Path) -> WriteSuite:
    """Writes a suite beside the test's store and loads it."""

    def write(text: str) -> tuple[Path, Suite]:
        path = tmp_path / "suite.yaml"
        path.write_text(text, encoding="utf-8")
        return path, load_suite(path)

    return write
