"""A store for tests of the span store."""

from pathlib import Path

import pytest

from tierscope.instrumentation.settings import Settings
from tierscope.instrumentation.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A store that does not exist yet and gives up waiting after two seconds."""
    return Store(tmp_path / "spans.duckdb", settings=Settings(lock_timeout_ms=2000))
