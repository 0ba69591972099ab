"""Runs small enough to be computed by hand."""

import pytest

from tierscope.metrics.testing import RunBuilder


@pytest.fixture
def research() -> RunBuilder:
    """Root 0-100 ms; macro 10-40 with two leaves; company 10-90 with two leaves, of which the filing is slow."""
    run = RunBuilder("run-1", label="research", version="v1")
    run.agent("root", ms=(0, 100), tokens=(10, 5))
    run.agent("macro", "root", (10, 40), tokens=(4, 2))
    run.agent("company", "root", (10, 90), tokens=(4, 2))
    run.agent("gdp", "macro", (12, 22), tokens=(1, 1))
    run.agent("rates", "macro", (12, 38), tokens=(1, 1))
    run.agent("earnings", "company", (15, 25), tokens=(1, 1))
    run.agent("filing", "company", (20, 80))
    return run
